# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    n = 127.5 / weights.abs().max().item()
    return torch.round(weights * n).clamp(-128, 127), n

# %% NetQuantized.quantize_initial_input
@staticmethod
def quantize_initial_input(pixels: np.ndarray) -> float:
    return 127.5 / np.abs(pixels).max()

# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations: np.ndarray, n_w: float, n_initial_input: float,
                         ns: List[Tuple[float, float]]) -> float:
    largest_sum = np.abs(activations).max() * n_initial_input * n_w
    for pair in ns:
        largest_sum *= pair[0] * pair[1]
    return 127.5 / largest_sum

# %% NetQuantized.forward
def forward(self, x: torch.Tensor) -> torch.Tensor:
    def requantize(sums, layer):
        m = int(round(float(layer.output_scale) * 65536))
        return ((sums.long() * m) >> 16).clamp(-128, 127).float()

    x = torch.round(x * self.input_scale).clamp(-128, 127)
    x = self.s2(F.relu(requantize(self.c1(x), self.c1)))
    x = self.s4(F.relu(requantize(self.c3(x), self.c3)))
    x = F.relu(requantize(self.c5(x), self.c5))
    x = F.relu(requantize(self.f6(x.flatten(1)), self.f6))
    return requantize(self.output(x), self.output)

# %% NetQuantizedWithBias.quantized_bias
@staticmethod
def quantized_bias(bias: torch.Tensor, n_w: float, n_initial_input: float,
                   ns: List[Tuple[float, float]]) -> torch.Tensor:
    n = n_w * n_initial_input
    for n_weights, n_sums in ns:
        n *= n_weights * n_sums
    return torch.round(bias * n).clamp(-2 ** 31, 2 ** 31 - 1)
