"""The jobs: the worker that takes them off the queue, and the slots that grade."""
