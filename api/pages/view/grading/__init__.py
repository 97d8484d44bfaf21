"""What stands on a grader's desk beside the criteria: files, comments, requests."""
