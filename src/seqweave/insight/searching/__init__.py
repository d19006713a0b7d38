"""How a text came to be written: what a search followed, what it dropped, and whose error it is; only observed."""
