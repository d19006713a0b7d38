"""`python -m seqweave`, which is also what torchrun starts."""

from seqweave.cli import main

main()
