# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    s_w = 2 * weights.abs().max().item() / 255
    integers = torch.round(weights / s_w)
    return torch.clamp(integers, min=-128, max=127), s_w

# %% NetQuantized.quantize_initial_input
@staticmethod
def quantize_initial_input(pixels: np.ndarray) -> float:
    return 255 / (2 * float(abs(pixels).max()))

# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations: np.ndarray, s_w: float, s_initial_input: float,
                         s_o_prev: List[float]) -> Tuple[float, float]:
    s_o = 2 * float(abs(activations).max()) / 255
    if len(s_o_prev) == 0:
        return s_w / (s_initial_input * s_o), s_o
    return s_w * s_o_prev[-1] / s_o, s_o

# %% NetQuantized.forward
def forward(self, x: torch.Tensor) -> torch.Tensor:
    def to_8_bits(sums, block):
        m = round(block.output_scale * 2 ** 16)
        return torch.clamp((sums.long() * m) >> 16, min=-128, max=127).float()

    x = torch.clamp(torch.round(x * self.input_scale), min=-128, max=127)
    x = self.maxpool2(to_8_bits(self.conv1(x), self.conv1))
    x = self.maxpool4(to_8_bits(self.conv3(x), self.conv3))
    x = torch.flatten(to_8_bits(self.conv5(x), self.conv5), start_dim=1)
    x = to_8_bits(self.fc6(x), self.fc6)
    return to_8_bits(self.output(x), self.output)

# %% NetQuantizedWithBias.quantized_bias
@staticmethod
def quantized_bias(bias: torch.Tensor, s_w: float, s_o_prev: List[float]) -> torch.Tensor:
    integers = torch.round(bias / (s_w * s_o_prev[-2]))
    return torch.clamp(integers, min=-2147483648, max=2147483647)

# %% float_to_fixed_scale
def float_to_fixed_scale(act_scalesDict: Dict[str, np.ndarray],
                         weight_scalesDict: Dict[str, np.ndarray],
                         outputBias_float: np.ndarray) -> Tuple[Dict[str, int], np.ndarray]:
    steps = [(name, float(step[0])) for name, step in act_scalesDict.items()]
    name, before = steps[0]
    scalesDict = {name: round(1 / before)}
    for name, step in steps[1:]:
        s_w = float(weight_scalesDict[name][0])
        scalesDict[name] = round(s_w * before / step * 2 ** 16)
        entering, before = before, step
    outputBias = np.round(outputBias_float / (s_w * entering)).astype(np.int64)
    return scalesDict, outputBias
