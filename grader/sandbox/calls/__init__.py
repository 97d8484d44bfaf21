"""Calls into a student's code: the requests, the replies, the errors in our words."""
