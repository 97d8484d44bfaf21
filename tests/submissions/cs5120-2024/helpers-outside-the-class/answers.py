# %% after:imports helpers
FRACTION_BITS = 16
LOWEST, HIGHEST = -128, 127


def step_of(values):
    values = torch.as_tensor(values, dtype=torch.float32)
    return 2 * values.abs().max().item() / (HIGHEST - LOWEST)


def to_fixed_point(scale):
    return round(scale * (1 << FRACTION_BITS))


def requantize(sums, scale):
    shifted = (sums.to(torch.int64) * to_fixed_point(scale)) >> FRACTION_BITS
    return shifted.clamp(LOWEST, HIGHEST).to(torch.float32)

# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    s_w = step_of(weights)
    return (weights / s_w).round().clamp(LOWEST, HIGHEST), s_w

# %% NetQuantized.quantize_initial_input
@staticmethod
def quantize_initial_input(pixels: np.ndarray) -> float:
    return 1 / step_of(pixels)

# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations: np.ndarray, s_w: float, s_initial_input: float,
                         s_o_prev: List[float]) -> Tuple[float, float]:
    s_o = step_of(activations)
    entering = s_o_prev[-1] if s_o_prev else 1 / s_initial_input
    return s_w * entering / s_o, s_o

# %% NetQuantized.forward
def forward(self, x: torch.Tensor) -> torch.Tensor:
    x = (x * self.input_scale).round().clamp(LOWEST, HIGHEST)
    x = self.maxpool2(requantize(self.conv1(x), self.conv1.output_scale))
    x = self.maxpool4(requantize(self.conv3(x), self.conv3.output_scale))
    x = requantize(self.conv5(x), self.conv5.output_scale).flatten(1)
    x = requantize(self.fc6(x), self.fc6.output_scale)
    return requantize(self.output(x), self.output.output_scale)
