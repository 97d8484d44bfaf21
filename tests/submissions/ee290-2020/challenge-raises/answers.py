# %% after:run_bias more
# Bonus: mixed precision
def quantized_weights(weights):
    widths = {(6, 3, 5, 5): 8}
    edge = 2 ** (widths[weights.numel()] - 1) - 1
    return (weights * edge).round(), edge
