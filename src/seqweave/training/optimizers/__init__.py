"""The optimizers: one file for each family, registered by kind."""
