"""The scales by which the layers' sums are brought back to 8 bits."""
