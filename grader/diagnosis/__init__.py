"""From what was observed to named mistakes: a hypothesis reproduces the numbers, or is silent."""
