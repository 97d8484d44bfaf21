# %% float_to_fixed_scale
def float_to_fixed_scale(act_scalesDict: Dict[str, np.ndarray],
                         weight_scalesDict: Dict[str, np.ndarray],
                         outputBias_float: np.ndarray) -> Tuple[Dict[str, int], np.ndarray]:
    a, w = act_scalesDict, weight_scalesDict
    scalesDict = {'quant': np.round(1 / a['quant']).astype(np.int64)}
    prev = a['quant']
    for k in w:
        scalesDict[k] = np.round(w[k] * prev / a[k] * 2 ** 16).astype(np.int64)
        prev = a[k]
    return scalesDict, np.round(outputBias_float / (w['output.fc'] * a['fc6.fc'])).astype(int)
