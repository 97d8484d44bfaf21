def quantized_weights(weights):
    thing = ()
    for _ in range(10**6):
        thing = (thing,)
    return hash(thing), 1.0
