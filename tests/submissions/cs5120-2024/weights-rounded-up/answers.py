# %% quantized_weights
def quantized_weights(weights):
    s = 2 * weights.abs().max().item() / 255
    return torch.clamp(torch.ceil(weights / s), -128, 127), s
