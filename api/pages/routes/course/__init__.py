"""Staff pages that put the course together: people, assignments, criteria, groups."""
