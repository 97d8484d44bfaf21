"""The addresses of a person's own account, and of the audit log."""
