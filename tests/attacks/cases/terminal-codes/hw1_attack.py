def quantized_weights(weights):
    raise ValueError("\x1b[2J\x1b]0;owned\x07\u202egnirts")
