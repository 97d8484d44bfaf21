"""The processes that a student's code runs in: how they start, and what they may load."""
