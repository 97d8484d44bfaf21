"""A forward pass on integers."""
