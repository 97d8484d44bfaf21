# %% after:about_weights helper_constants
Q_MIN, Q_MAX = -128, 127
BITS = 8

# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    n = symmetric_factor(weights.abs().max().item())
    return to_int8(weights, n), n

# %% after:quantized_weights helper_functions
def symmetric_factor(bound):
    return (2 ** (BITS - 1) - 1) / bound

def to_int8(t, n):
    return (t * n).round().clamp(Q_MIN, Q_MAX)

# %% after:about_activations helper_product
from functools import reduce
from operator import mul

def accumulated(n_w, n_input, ns):
    return reduce(mul, [n for pair in ns for n in pair], n_w * n_input)

# %% NetQuantized.quantize_initial_input
@staticmethod
def quantize_initial_input(pixels: np.ndarray) -> float:
    return symmetric_factor(np.abs(pixels).max())

# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations: np.ndarray, n_w: float, n_initial_input: float,
                         ns: List[Tuple[float, float]]) -> float:
    return symmetric_factor(np.abs(activations).max() * accumulated(n_w, n_initial_input, ns))

# %% NetQuantized.forward
def forward(self, x: torch.Tensor) -> torch.Tensor:
    x = to_int8(x, self.input_scale)
    x = to_int8(self.pool(F.relu(self.conv1(x))), self.conv1.output_scale)
    x = to_int8(self.pool(F.relu(self.conv2(x))), self.conv2.output_scale).view(-1, 400)
    x = to_int8(F.relu(self.fc1(x)), self.fc1.output_scale)
    x = to_int8(F.relu(self.fc2(x)), self.fc2.output_scale)
    return to_int8(self.fc3(x), self.fc3.output_scale)

# %% NetQuantizedWithBias.quantized_bias
@staticmethod
def quantized_bias(bias: torch.Tensor, n_w: float, n_initial_input: float,
                   ns: List[Tuple[float, float]]) -> torch.Tensor:
    return (bias * accumulated(n_w, n_initial_input, ns)).round()
