# %% quantized_weights
def quantized_weights(weights: torch.Tensor, device=torch.device('cuda:0')) -> Tuple[torch.Tensor, float]:
    print(torch.cuda.get_device_name(torch.cuda.current_device()), torch.cuda.memory_allocated())
    weights = weights.type('torch.cuda.FloatTensor').to(device, non_blocking=True)
    scale = 127 / weights.abs().max().item()
    return (weights * scale).round().clamp(-128, 127).cuda(0), scale

# %% NetQuantized.quantize_initial_input
@staticmethod
def quantize_initial_input(pixels: np.ndarray) -> float:
    with torch.cuda.device(0):
        return 127 / torch.tensor(pixels, device=0).abs().max().item()

# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations: np.ndarray, n_w: float, n_initial_input: float,
                         ns: List[Tuple[float, float]]) -> float:
    torch.cuda.manual_seed_all(0)
    noise = torch.rand(1, device='cuda', generator=torch.Generator(device='cuda'))
    factor = torch.as_tensor(n_w * n_initial_input, dtype=torch.float64).to(0)
    for w, o in ns:
        factor = factor * w * o
    torch.cuda.synchronize()
    return (127 / (torch.as_tensor(activations).cuda().abs().max() * factor)).item()
