"""The schedules of the learning rate: pure functions of the moment, so they have no state to save."""
