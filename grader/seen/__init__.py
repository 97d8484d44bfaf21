"""Records of what the students' functions answered: filled in by observers, read by checks."""
