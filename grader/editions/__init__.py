"""Editions of the lab: data in folders, and what reads it."""
