# %% after:run_bias about_more [markdown]
# ## Extra challenge

# %% after:about_more more
def quantized_weights(weights):
    scale = 127.5 / weights.abs().max().item()
    return torch.clamp((weights * scale).round(), min=-128, max=127), scale
