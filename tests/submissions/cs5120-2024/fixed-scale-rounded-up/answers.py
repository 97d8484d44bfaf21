# %% float_to_fixed_scale
def float_to_fixed_scale(act_scalesDict, weight_scalesDict, outputBias_float):
    scalesDict = {'quant': round(1 / act_scalesDict['quant'].item())}
    keys = list(act_scalesDict)
    for p, k in zip(keys, keys[1:]):
        M = weight_scalesDict[k].item() * act_scalesDict[p].item() / act_scalesDict[k].item()
        scalesDict[k] = int(np.ceil(M * 2**16))
    s = weight_scalesDict['output.fc'].item() * act_scalesDict['fc6.fc'].item()
    return scalesDict, np.round(outputBias_float / s).astype(int)
