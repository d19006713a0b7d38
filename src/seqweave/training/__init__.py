"""Training: loop, steps, optimizers, schedules, averaging, checkpoints, signals; knows no task and no file format."""
