def quantized_weights(weights):
    thing = []
    thing.extend([thing] * 50)
    return thing, 1.0
