"""
From files to a submission, and from its cells to the statements worth running.

``read_submission(paths, code_patterns=, id_pattern=, student_id=None, limits=)`` reads;
``extract(cells, names)`` selects. Nothing of the student's is ever imported or run here.
"""
