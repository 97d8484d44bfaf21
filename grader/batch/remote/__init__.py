"""A batch through the service: handed in by its API, graded by its workers."""
