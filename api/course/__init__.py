"""The course: its assignments, and who is in it."""
