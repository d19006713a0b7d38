"""Tokenizers, one file each: a text becomes tokens with their offsets in it."""
