"""The lab's functions, written to be read: the grader's yardstick."""
