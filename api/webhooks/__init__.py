"""Webhooks: other programs are told, signed, that a grading ended or results were published."""
