"""What a page is made of: blocks, columns, numbers, text, code and fonts."""
