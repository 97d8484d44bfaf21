# %% after:imports helper_class
class Quantizer:
    """All ranges are symmetric."""
    BITS = 8
    QMIN, QMAX = -(1 << (BITS - 1)), (1 << (BITS - 1)) - 1
    SHIFT = 16

    @classmethod
    def step(cls, t):
        t = torch.as_tensor(t)
        return (2 * t.abs().max() / (2 ** cls.BITS - 1)).item()

    @classmethod
    def clamp(cls, t):
        return t.clamp(cls.QMIN, cls.QMAX)

    @classmethod
    def requantize(cls, acc, M):
        fixed = int(round(M * (1 << cls.SHIFT)))
        return cls.clamp((acc.to(torch.int64) * fixed) >> cls.SHIFT).to(torch.float32)

# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    s_w = Quantizer.step(weights)
    return Quantizer.clamp(torch.round(weights / s_w)), s_w

# %% NetQuantized.quantize_initial_input
@staticmethod
def quantize_initial_input(pixels: np.ndarray) -> float:
    return 1 / Quantizer.step(pixels)

# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations: np.ndarray, s_w: float, s_initial_input: float,
                         s_o_prev: List[float]) -> Tuple[float, float]:
    s_o = Quantizer.step(activations)
    s_in = s_o_prev[-1] if len(s_o_prev) else 1 / s_initial_input
    return s_w * s_in / s_o, s_o

# %% NetQuantized.forward
def forward(self, x: torch.Tensor) -> torch.Tensor:
    x = Quantizer.clamp(torch.round(x * self.input_scale))
    x = Quantizer.requantize(self.conv1(x), self.conv1.output_scale)
    x = self.maxpool2(x)
    x = Quantizer.requantize(self.conv3(x), self.conv3.output_scale)
    x = self.maxpool4(x)
    x = Quantizer.requantize(self.conv5(x), self.conv5.output_scale)
    x = torch.flatten(x, 1)
    x = Quantizer.requantize(self.fc6(x), self.fc6.output_scale)
    x = Quantizer.requantize(self.output(x), self.output.output_scale)
    return x
