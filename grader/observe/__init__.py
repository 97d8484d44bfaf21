"""From a student's functions to answers: which calls are made, with what, and what came back."""
