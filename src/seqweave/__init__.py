"""Seqweave."""
