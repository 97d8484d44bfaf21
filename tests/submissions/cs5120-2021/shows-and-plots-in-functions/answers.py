# %% after:imports showing
import matplotlib.pyplot as plt
import seaborn as sns
from IPython.display import display, clear_output
from tqdm.notebook import tqdm

# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    scale = 127 / weights.abs().max().item()
    display(scale)
    clear_output()
    return (weights * scale).round().clamp(-128, 127), scale

# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations: np.ndarray, n_w: float, n_initial_input: float,
                         ns: List[Tuple[float, float]]) -> float:
    plt.figure(figsize=(4, 3))
    counts, edges, _ = plt.hist(activations, bins=40)
    sns.despine()
    plt.title('權重')
    plt.savefig('activations.png')
    plt.show()
    factor = n_w * n_initial_input
    for w, o in tqdm(ns):
        factor = factor * w * o
    return 127 / (max(abs(edges[0]), abs(edges[-1])) * factor)
