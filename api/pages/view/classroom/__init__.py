"""The class at one look: where everybody stands, how scores lie, what went wrong most often."""
