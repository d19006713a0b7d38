"""Embedders: feature ids to vectors, one file each. What depends on a word form alone is computed once per form."""
