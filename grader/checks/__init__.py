"""The claims that are checked, one family a task; pure functions on what was observed."""
