"""The results file: its models, written and read in every version."""
