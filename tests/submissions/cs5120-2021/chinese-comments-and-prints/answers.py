# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    # 取絕對值最大者,映射到 127
    最大值 = torch.max(torch.abs(weights)).item()
    scale = 127 / 最大值
    print('權重縮放係數:', scale)
    return torch.clamp((weights * scale).round(), min=-128, max=127), scale

# %% NetQuantized.quantize_initial_input
@staticmethod
def quantize_initial_input(pixels: np.ndarray) -> float:
    print('輸入影像的範圍:', pixels.min(), '~', pixels.max())
    return 127 / np.abs(pixels).max()   # 對稱量化

# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations: np.ndarray, n_w: float, n_initial_input: float,
                         ns: List[Tuple[float, float]]) -> float:
    # 前面每一層的係數都要乘進來
    係數 = n_w * n_initial_input
    for 權重, 輸出 in ns:
        係數 = 係數 * 權重 * 輸出
    print(f'累積係數 = {係數:.2f}')
    return 127 / (np.abs(activations).max() * 係數)
