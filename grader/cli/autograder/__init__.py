"""The grader as a Gradescope autograder: the zip that is uploaded, and what runs there."""
