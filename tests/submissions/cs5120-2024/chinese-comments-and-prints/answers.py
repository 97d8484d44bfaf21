# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations: np.ndarray, s_w: float, s_initial_input: float,
                         s_o_prev: List[float]) -> Tuple[float, float]:
    # 先找出這一層輸出的最大絕對值，再換成量化間距
    s_o = 2 * abs(activations).max().item() / 255
    if s_o_prev:
        M = s_w * s_o_prev[-1] / s_o  # 後面各層：前一層的輸出間距
    else:
        M = s_w / s_initial_input / s_o  # 第一層：輸入的間距
    print('間距', s_o, '倍率', M)
    return M, s_o
