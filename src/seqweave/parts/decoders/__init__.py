"""Decoders: tokens written so far to states, one file per architecture."""
