# %% quantized_weights
def quantized_weights(weights: torch.Tensor, bits: int = 8) -> Tuple[torch.Tensor, float]:
    edge = 2 ** (bits - 1) - 1
    scale = edge / weights.abs().max().item()
    return torch.clamp((weights * scale).round(), min=-edge - 1, max=edge), scale

# %% after:run_bias try_bits
for few in [quantized_weights(net.fc1.weight.data, bits=4), quantized_weights(net.fc1.weight.data, bits=2)]:
    print(few[0].min(), few[0].max())
