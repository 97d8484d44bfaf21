"""Mistakes that reproduce what stands in an archive's files."""
