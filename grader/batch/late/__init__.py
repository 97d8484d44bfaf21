"""How late each person is, by what the source or a table of the course site says."""
