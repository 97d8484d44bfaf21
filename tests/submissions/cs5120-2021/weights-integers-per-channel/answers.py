# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    largest = weights.abs().reshape(len(weights), -1).max(dim=1).values
    scales = (127 / largest).reshape(-1, *[1] * (weights.dim() - 1))
    return torch.clamp((weights * scales).round(), min=-128, max=127), scales.mean().item()
