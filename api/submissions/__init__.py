"""Submissions of one student or a whole class, and their progress."""
