# %% device
device = torch.device("cuda:0" if torch.cuda.is_available() else "cpu")
print(device, torch.cuda.is_available())

# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    weights = weights.cuda()
    limit = torch.tensor(127.0).cuda()
    scale = limit / weights.abs().max()
    return torch.clamp((weights * scale).round(), min=-128, max=127).to('cuda'), scale

# %% NetQuantized.quantize_initial_input
@staticmethod
def quantize_initial_input(pixels: np.ndarray) -> float:
    return torch.tensor(127.0, device='cuda') / torch.from_numpy(pixels).to('cuda').abs().max()

# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations: np.ndarray, n_w: float, n_initial_input: float,
                         ns: List[Tuple[float, float]]) -> float:
    outputs = torch.from_numpy(activations).cuda()
    outputs = outputs * n_w.cuda() * n_initial_input.cuda()
    for w, o in ns:
        outputs = outputs * w.cuda() * o.cuda()
    return 127 / outputs.abs().max()

# %% NetQuantizedWithBias.quantized_bias
@staticmethod
def quantized_bias(bias: torch.Tensor, n_w: float, n_initial_input: float,
                   ns: List[Tuple[float, float]]) -> torch.Tensor:
    factor = torch.ones(1).to('cuda') * n_w * n_initial_input
    for w, o in ns:
        factor = factor * w * o
    return torch.clamp(torch.round(bias.to('cuda') * factor), -2147483648, 2147483647)
