class Trap:
    while True:
        pass


def quantized_weights(weights, trap=Trap):
    return weights * 1.0, 1.0
