"""Heads: states to scores, a loss over gold labels, and the best answer; one file each."""
