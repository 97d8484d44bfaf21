"""A trained network's float scales as a table of fixed-point integers."""
