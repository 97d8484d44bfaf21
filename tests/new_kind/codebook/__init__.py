"""A codebook of k-means quantization."""
