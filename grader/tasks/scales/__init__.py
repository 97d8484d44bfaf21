"""The scale of an array: of the input, and of each layer's output."""
