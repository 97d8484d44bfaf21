"""Around every request: who makes it, what a route is handed, what guards and answers it."""
