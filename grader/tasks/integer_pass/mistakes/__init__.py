"""Known mistakes in a forward pass on integers, told place by place."""
