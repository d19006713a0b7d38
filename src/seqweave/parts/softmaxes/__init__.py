"""Output layers over a vocabulary: states to the probability of every token, and their loss, one file each."""
