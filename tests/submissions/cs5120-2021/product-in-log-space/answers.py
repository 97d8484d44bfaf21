# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations: np.ndarray, n_w: float, n_initial_input: float,
                         ns: List[Tuple[float, float]]) -> float:
    log_n = np.log(n_w) + np.log(n_initial_input)
    for pair in ns:
        log_n += np.log(pair).sum()
    return float(np.exp(np.log(127) - np.log(np.abs(activations).max()) - log_n))

# %% NetQuantizedWithBias.quantized_bias
@staticmethod
def quantized_bias(bias: torch.Tensor, n_w: float, n_initial_input: float,
                   ns: List[Tuple[float, float]]) -> torch.Tensor:
    log_n = np.log(n_w) + np.log(n_initial_input) + sum(np.log(a) + np.log(b) for a, b in ns)
    return torch.round(bias * np.exp(log_n))
