"""Why a trained model answers as it does: each token's share in an answer, what was looked at, and what is alike."""
