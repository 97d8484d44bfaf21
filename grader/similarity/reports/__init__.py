"""Reports that were handed in as PDF: read without trust, compared, and told from our own."""
