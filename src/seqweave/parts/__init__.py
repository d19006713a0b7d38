"""Floor 4: one file per architecture; siblings never import each other."""
