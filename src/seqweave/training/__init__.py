"""Training: loop, steps, optimizers, schedules, averaging, checkpoints, signals; it knows no task and no file format."""
