"""A whole class's work at once: its members, whose they are, and the roster."""
