"""Where images come from: MNIST's files, an array cache, and what the embedded samples draw."""
