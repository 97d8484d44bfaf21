"""What staff and students send beside points: comments on lines, requests, answers."""
