"""What the kinds of task that return an array's scale have in common."""
