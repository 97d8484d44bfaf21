"""Learning platforms (Canvas, Moodle, ...) by LTI 1.3 and its services for names and grades."""
