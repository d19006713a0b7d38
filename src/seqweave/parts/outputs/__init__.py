"""Outputs: a decoder's states to words and their loss, one file each."""
