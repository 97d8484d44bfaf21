def quantized_weights(weights):
    raise GeneratorExit
