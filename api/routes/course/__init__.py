"""How the course is put together: people, assignments, criteria, groups."""
