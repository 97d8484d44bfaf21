"""Files that course sites take grades from."""
