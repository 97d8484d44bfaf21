"""Processes that grade one submission after the other for the one that started them."""
