"""A tensor is quantized: integers and the scale that belongs to them."""
