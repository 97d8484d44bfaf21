"""Known mistakes, one family a task: altered models that must reproduce the student's numbers."""
