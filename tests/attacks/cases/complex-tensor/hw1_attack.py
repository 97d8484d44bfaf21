def quantized_weights(weights):
    return weights + 0j, 1.0
