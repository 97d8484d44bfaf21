"""The extra challenge, measured on the student's own functions: it never costs a point."""
