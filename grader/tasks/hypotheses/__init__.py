"""What hypotheses of all kinds of task have in common."""
