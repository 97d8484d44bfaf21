"""
What of a notebook answers the sheet's extra challenge, and what the tasks; nothing is run here.

Students write a function anew for the challenge, under its own heading or not. Then the later
definition is the challenge's, and the task is judged by the one before it.
"""
