"""The kinds of task that the grader knows, one folder each."""
