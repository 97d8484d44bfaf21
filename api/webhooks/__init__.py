"""Webhooks: other programs are told, signed, when a grading has ended."""
