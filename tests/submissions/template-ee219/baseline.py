# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    scale = 2 * weights.abs().max().item() / 255
    return torch.clamp(torch.round(weights / scale), -128, 127), scale

# %% NetQuantized.quantize_initial_input
@staticmethod
def quantize_initial_input(pixels: np.ndarray) -> float:
    return 2 * float(np.abs(pixels).max()) / 255

# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations: np.ndarray, s_w: float, s_initial_input: float,
                         ss: List[Tuple[float, float]]) -> float:
    step_of_sums = s_w * s_initial_input
    for s_weights, s_output in ss:
        step_of_sums *= s_weights * s_output
    return 2 * float(np.abs(activations).max()) / 255 / step_of_sums

# %% NetQuantized.forward
def forward(self, x: torch.Tensor) -> torch.Tensor:
    def to_integers(values, scale):
        return torch.clamp(torch.round(values / scale), -128, 127)

    x = to_integers(x, self.input_scale)
    x = self.pool(to_integers(F.relu(self.conv1(x)), self.conv1.output_scale))
    x = self.pool(to_integers(F.relu(self.conv2(x)), self.conv2.output_scale))
    x = to_integers(F.relu(self.fc1(x.flatten(1))), self.fc1.output_scale)
    x = to_integers(F.relu(self.fc2(x)), self.fc2.output_scale)
    return to_integers(self.fc3(x), self.fc3.output_scale)

# %% NetQuantizedWithBias.quantized_bias
@staticmethod
def quantized_bias(bias: torch.Tensor, s_w: float, s_initial_input: float,
                   ss: List[Tuple[float, float]]) -> torch.Tensor:
    step = s_w * s_initial_input
    for s_weights, s_output in ss:
        step *= s_weights * s_output
    return torch.clamp(torch.round(bias / step), -2147483648, 2147483647)
