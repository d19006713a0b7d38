"""`seqweave init`: from files to a first recipe that says why each of its values is there."""
