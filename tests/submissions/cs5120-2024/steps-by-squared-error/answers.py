# %% after:imports search
def best_step(t, bits=8):
    t = torch.as_tensor(t).double()
    top = t.abs().max()
    best, best_err = None, None
    for f in np.linspace(0.7, 1.0, 31):
        s = 2 * top * f / (2 ** bits - 1)
        err = ((torch.clamp(torch.round(t / s), -128, 127) * s - t) ** 2).sum()
        if best is None or err < best_err:
            best, best_err = s, err
    return best.item()

# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    s_w = best_step(weights)
    return torch.clamp(torch.round(weights / s_w), min=-128, max=127), s_w
