"""What is handed in, by one student or for a whole class, and how far it is."""
