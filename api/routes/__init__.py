"""The addresses: thin functions between a request and what the service does."""
