# %% NetQuantizedWithBias.quantized_bias
@staticmethod
def quantized_bias(bias: torch.Tensor, n_w: float, n_initial_input: float,
                   ns: List[Tuple[float, float]]) -> torch.Tensor:
    factor = n_w * n_initial_input
    for w, o in ns:
        factor *= w * o
    return torch.round(bias * factor)

def forward(self, x: torch.Tensor) -> torch.Tensor:
    clamp = lambda t: torch.clamp(t.round(), -128, 127)
    x = clamp(x * self.input_scale)
    x = clamp(self.pool(F.relu(self.conv1(x))) * self.conv1.output_scale)
    x = clamp(self.pool(F.relu(self.conv2(x))) * self.conv2.output_scale)
    x = x.view(-1, 16 * 5 * 5)
    x = clamp(F.relu(self.fc1(x)) * self.fc1.output_scale)
    x = clamp(F.relu(self.fc2(x)) * self.fc2.output_scale)
    return clamp(self.fc3(x) * self.fc3.output_scale)
