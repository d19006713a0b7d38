"""Search and exact inference over scores and step functions: tensors in, tensors out; knows no network."""
