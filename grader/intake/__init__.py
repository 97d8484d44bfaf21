"""
From files to a submission, and from its cells to the statements worth running.

``submission.read_submission`` reads, ``program.extraction.extract`` selects, ``model`` holds what
they return. Nothing of the student's is ever imported or run here.
"""
