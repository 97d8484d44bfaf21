# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    n = 127 / weights.abs().max().item()
    return torch.clamp((weights * n).round(), -128, 127), n

# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations, s_w, s_initial_input, s_o_prev):
    n_o = 127 / float(abs(activations).max())
    n_in = s_o_prev[-1] if s_o_prev else s_initial_input
    return n_o / (s_w * n_in), n_o

# %% NetQuantizedWithBias.quantized_bias
@staticmethod
def quantized_bias(bias, s_w, s_o_prev):
    return torch.clamp((bias * s_w * s_o_prev[-2]).round(), -2147483648, 2147483647)
