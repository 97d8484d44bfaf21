def quantized_weights(weights):
    raise KeyboardInterrupt
