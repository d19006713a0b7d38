"""Features: what a network is told of a token, one file each. A feature is fitted on training tokens, then gives ids.

A feature of forms depends on the word form alone, and is computed once per distinct form; a feature of positions
depends on the neighbours too; a bag belongs to a whole row. Id 0 is padding, id 1 is unknown.
"""
