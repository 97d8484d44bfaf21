def quantized_weights(weights):
    raise ValueError("x" * 10**8)
