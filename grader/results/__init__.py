"""From a finished run to the grade and its results file."""
