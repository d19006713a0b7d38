"""Floor 1: plain values to numbers. Knows no tensor."""
