# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    array = weights.detach().cpu().numpy()
    scale = np.float32(127) / np.max(np.abs(array))
    result = torch.round(weights * float(scale))
    return torch.clamp(result, -128, 127), scale

# %% NetQuantized.quantize_initial_input
@staticmethod
def quantize_initial_input(pixels: np.ndarray) -> float:
    return np.float32(127) / np.float32(np.max(np.abs(pixels)))

# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations: np.ndarray, n_w: float, n_initial_input: float,
                         ns: List[Tuple[float, float]]) -> float:
    a = np.float32(n_w) * np.float32(n_initial_input)
    for w, o in ns:
        a = a * w * o
    return np.float32(127) / (np.float32(np.max(np.abs(activations))) * a)

# %% NetQuantized.forward
def forward(self, x: torch.Tensor) -> torch.Tensor:
    def quant(t, s):
        return torch.clip(torch.round(t * float(s)), -128, 127)
    x = quant(x, self.input_scale)
    x = quant(self.pool(F.relu(self.conv1(x))), self.conv1.output_scale)
    x = quant(self.pool(F.relu(self.conv2(x))), self.conv2.output_scale)
    x = x.reshape(x.shape[0], -1)
    x = quant(F.relu(self.fc1(x)), self.fc1.output_scale)
    x = quant(F.relu(self.fc2(x)), self.fc2.output_scale)
    return quant(self.fc3(x), self.fc3.output_scale)

# %% NetQuantizedWithBias.quantized_bias
@staticmethod
def quantized_bias(bias: torch.Tensor, n_w: float, n_initial_input: float,
                   ns: List[Tuple[float, float]]) -> torch.Tensor:
    a = float(n_w) * float(n_initial_input)
    for w, o in ns:
        a *= float(w) * float(o)
    return torch.clip(torch.round(bias * a), -2.0**31, 2.0**31 - 1)
