"""Floor 1: files to padded tensors. Rows of a format become Examples, a Corpus of flat arrays, then batches."""
