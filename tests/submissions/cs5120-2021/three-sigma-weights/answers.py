# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    mu, sigma = weights.mean().item(), weights.std().item()
    low, high = mu - 3 * sigma, mu + 3 * sigma
    scale = 127 / max(abs(low), abs(high))
    return torch.clamp(torch.round(weights * scale), -128, 127), scale
