"""What several views are put together from: moments, addresses, code, charts."""
