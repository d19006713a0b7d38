"""Floor 6: what a trained model answers, how good that is, and why. It only observes; nothing here trains."""
