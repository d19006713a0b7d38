"""Encoders: vectors to contextual states, one file per architecture.

Each file registers its config; `ENCODERS` (layers/contracts.py) imports them all at first use, in name order.
"""
