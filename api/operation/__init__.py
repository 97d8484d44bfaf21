"""Keeping the service running: backups, retention, log, metrics, processes."""
