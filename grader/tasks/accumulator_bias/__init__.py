"""A bias that joins a layer's sum."""
