"""What the student handed in."""
