def quantized_weights(weights):
    return weights.sign() * 127, float("inf")
