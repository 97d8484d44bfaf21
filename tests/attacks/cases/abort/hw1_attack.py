import os


def quantized_weights(weights):
    os.abort()
