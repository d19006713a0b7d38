"""Several systems on the same examples: who is better, where, and whether that can be said at all."""
