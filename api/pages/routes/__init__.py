"""The pages' addresses: each reads, has a view made of it, and prints it."""
