"""How alike solutions are: information for staff, never an accusation and never points."""
