def quantized_weights(weights):
    return weights * 1.0, 1.0
