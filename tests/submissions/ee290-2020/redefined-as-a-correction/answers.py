# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    scale = 127 / weights.max().item()
    return torch.clamp((weights * scale).round(), min=-128, max=127), scale

# %% after:run_bias about_again [markdown]
# ## Corrected
# The challenge was to see that weights have a sign.

# %% after:about_again again
def quantized_weights(weights):
    scale = 127 / weights.abs().max().item()
    return torch.clamp((weights * scale).round(), min=-128, max=127), scale
