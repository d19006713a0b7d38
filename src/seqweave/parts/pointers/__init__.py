"""The pointers, one file each: where a language model finds the next word among those that it read last."""
