def quantized_weights(weights):
    print("\ud800" * 100)
    return "\udfff" * 100, 1.0
