def quantized_weights(weights):
    return {str(n): n for n in range(10**6)}, 1.0
