# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    s_w = 2 * torch.max(torch.abs(weights)) / 255
    return torch.clamp(torch.round(weights / s_w), min=-128, max=127), s_w

# %% NetQuantized.quantize_initial_input
@staticmethod
def quantize_initial_input(pixels: np.ndarray) -> float:
    return 255 / (2 * torch.max(torch.abs(torch.as_tensor(pixels))))

# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations: np.ndarray, s_w: float, s_initial_input: float,
                         s_o_prev: List[float]) -> Tuple[float, float]:
    activations = torch.as_tensor(activations)
    s_o = 2 * torch.max(torch.abs(activations)) / 255
    if not s_o_prev:
        return s_w / (s_initial_input * s_o), s_o
    return s_w * s_o_prev[-1] / s_o, s_o

# %% NetQuantized.forward
def forward(self, x: torch.Tensor) -> torch.Tensor:
    def to_8_bits(sums, block):
        m = torch.round(block.output_scale * 2 ** 16).long()
        return torch.clamp((sums.long() * m) >> 16, min=-128, max=127).float()

    x = torch.clamp(torch.round(x * self.input_scale), min=-128, max=127)
    x = self.maxpool2(to_8_bits(self.conv1(x), self.conv1))
    x = self.maxpool4(to_8_bits(self.conv3(x), self.conv3))
    x = torch.flatten(to_8_bits(self.conv5(x), self.conv5), start_dim=1)
    x = to_8_bits(self.fc6(x), self.fc6)
    return to_8_bits(self.output(x), self.output)
