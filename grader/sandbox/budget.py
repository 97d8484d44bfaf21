"""
How long a submission's own code may take, and how often it may end its process.

Measured on two quiet cores with the whole of CIFAR-10: most right solutions use 2 to 4 s, the
slowest, a search for the best histogram, about 7 s. A busy machine takes five times as long.
"""

STUDENT_SECONDS = 120.0  # three times the slowest right solution on a busy machine
# What the grader itself may need beside that: files, the exact replay, the PDF.  Some 5 s when it
# is alone; with this much left over, the student's time ends before the service's limit does.
OVERHEAD_SECONDS = 120.0
# A submission in which every function and both networks end Python wears out 6 processes.  What
# works for some probes only may take one for each of four functions, five networks and five
# forward passes; the rest is for fragments that crash while they load.
RESTARTS = 16
