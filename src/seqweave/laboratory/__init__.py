"""Floor 2: generated data with known truth, for demonstrations, tests of learning, and tests of explanation.

Every example says which of its tokens decide its label, so that an explanation can be checked and not only admired.
"""
