"""A class compared beside the grading, in a process of its own."""
