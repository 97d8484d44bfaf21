# %% after:about_weights helper_round
def my_round(t):
    return torch.sign(t) * torch.floor(torch.abs(t) + 0.5)

# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    scale = (127 / weights.abs().max()).item()
    return torch.clamp(my_round(weights * scale), -128, 127), scale

# %% NetQuantized.forward
def forward(self, x: torch.Tensor) -> torch.Tensor:
    x = my_round(x * self.input_scale).clamp(-128, 127)
    x = self.pool(F.relu(self.conv1(x)))
    x = my_round(x * self.conv1.output_scale).clamp(-128, 127)
    x = self.pool(F.relu(self.conv2(x)))
    x = my_round(x * self.conv2.output_scale).clamp(-128, 127)
    x = x.view(-1, 16 * 5 * 5)
    x = my_round(F.relu(self.fc1(x)) * self.fc1.output_scale).clamp(-128, 127)
    x = my_round(F.relu(self.fc2(x)) * self.fc2.output_scale).clamp(-128, 127)
    return my_round(self.fc3(x) * self.fc3.output_scale).clamp(-128, 127)

# %% NetQuantizedWithBias.quantized_bias
@staticmethod
def quantized_bias(bias: torch.Tensor, n_w: float, n_initial_input: float,
                   ns: List[Tuple[float, float]]) -> torch.Tensor:
    n = n_w * n_initial_input
    for w, o in ns:
        n *= w * o
    return my_round(bias * n).clamp(-2147483648, 2147483647)
