"""Floor 5: what is asked, and how good an answer is. A task never sees a network."""
