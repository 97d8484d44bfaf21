"""What leaves the service from a queue: mail, and grades for learning platforms."""
