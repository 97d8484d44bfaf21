# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    scale = 128 / torch.max(torch.abs(weights))
    return torch.clamp(torch.round(weights * scale), min=-128, max=127), scale

# %% NetQuantized.quantize_initial_input
@staticmethod
def quantize_initial_input(pixels: np.ndarray) -> float:
    return 128 / max(np.max(pixels), -np.min(pixels))

# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations: np.ndarray, n_w: float, n_initial_input: float,
                         ns: List[Tuple[float, float]]) -> float:
    factor = n_w * n_initial_input
    for w, o in ns:
        factor = factor * w * o
    activations = torch.as_tensor(np.multiply(activations, factor.cpu().numpy()))
    top, bottom = torch.max(activations), torch.min(activations)
    return 128 / torch.maximum(torch.abs(top), torch.abs(bottom))

# %% NetQuantized.forward
def forward(self, x: torch.Tensor) -> torch.Tensor:
    low, high = torch.tensor(-128.0).to(x.device), torch.tensor(127.0).to(x.device)
    def fit(values, scale):
        return torch.minimum(torch.maximum(torch.round(values * scale), low), high)
    x = fit(x, self.input_scale)
    x = fit(self.pool(F.relu(self.conv1(x))), self.conv1.output_scale)
    x = fit(self.pool(F.relu(self.conv2(x))), self.conv2.output_scale)
    x = torch.flatten(x, start_dim=1)
    x = fit(F.relu(self.fc1(x)), self.fc1.output_scale)
    x = fit(F.relu(self.fc2(x)), self.fc2.output_scale)
    return fit(self.fc3(x), self.fc3.output_scale)
