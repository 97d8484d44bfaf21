# %% float_to_fixed_scale
def float_to_fixed_scale(act_scalesDict: Dict[str, np.ndarray],
                         weight_scalesDict: Dict[str, np.ndarray],
                         outputBias_float: np.ndarray) -> Tuple[Dict[str, int], np.ndarray]:
    scalesDict = {'quant': round(1 / act_scalesDict['quant'].item())}
    before = act_scalesDict['quant'].item()
    for name, s_w in weight_scalesDict.items():
        s_out = act_scalesDict[name].item()
        M = s_w.item() * before / s_out
        scalesDict[name] = M * 2 ** 16
        before = s_out
    step = weight_scalesDict['output.fc'].item() * act_scalesDict['fc6.fc'].item()
    return scalesDict, np.rint(outputBias_float / step).astype(int)
