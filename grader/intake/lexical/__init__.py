"""A notebook's code as text and syntax trees: what it binds, reads and would do."""
