"""The scale of the network's input."""
