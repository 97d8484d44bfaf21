# %% after:run_weights scratch
print("conv1 scale is" net_q2.conv1.weight.scale)
for layer in net_q2.children()
    print(layer

# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    absmax = max(abs(weights.min().item()), abs(weights.max().item()))
    scale = 127.5 / absmax
    q = torch.round(scale * weights)
    q[q > 127] = 127
    q[q < -128] = -128
    return q, scale
