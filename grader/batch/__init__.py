"""A whole class at once: where the work comes from, grading it, and what is handed back."""
