"""What is the same for everybody: the float networks, and exact integer ones."""
