"""What the pages show that put the course together."""
