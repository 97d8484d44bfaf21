"""What a submission is worth: the results, what people decide, and who is told."""
