def quantized_weights(weights):
    while True:
        pass
