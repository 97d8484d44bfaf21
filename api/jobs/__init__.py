"""The jobs: a durable queue, the worker that takes from it, and the slots that grade."""
