# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    scale = np.float32(weights.abs().max().item() / 127.5)
    return torch.clamp((weights / scale).round(), -128, 127), scale

# %% NetQuantized.quantize_initial_input
@staticmethod
def quantize_initial_input(pixels: np.ndarray) -> float:
    return np.float32(np.abs(pixels).max() / 127.5)

# %% NetQuantized.forward
def forward(self, x: torch.Tensor) -> torch.Tensor:
    x = torch.clamp(torch.round(x / self.input_scale), -128, 127)
    for name, layer in self.named_children():
        if name == 'pool':
            continue
        if name == 'fc1':
            x = torch.flatten(x, 1)
        sums = layer(x)
        if name != 'fc3':
            sums = F.relu(sums)
        if name.startswith('conv'):
            sums = self.pool(sums)
        x = torch.clamp(torch.round(sums / layer.output_scale), -128, 127)
    return x
