"""What everything else stands on: settings, tables, files, the queue; nothing of a course."""
