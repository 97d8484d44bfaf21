"""What is told of a whole class: rows, documents, exports, and who is alike."""
