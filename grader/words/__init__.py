"""What the grader says: messages are data, and only the last moment makes them words."""
