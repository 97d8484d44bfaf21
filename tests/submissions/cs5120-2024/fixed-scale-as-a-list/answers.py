# %% float_to_fixed_scale
def float_to_fixed_scale(act_scalesDict, weight_scalesDict, outputBias_float):
    a = [v.item() for v in act_scalesDict.values()]
    w = [v.item() for v in weight_scalesDict.values()]
    out = [round(1 / a[0])]
    for i, name in enumerate(weight_scalesDict):
        out.append(round(w[i] * a[i] / a[i + 1] * 2**16))
    return out, np.round(outputBias_float / (w[-1] * a[-2])).astype(int)
