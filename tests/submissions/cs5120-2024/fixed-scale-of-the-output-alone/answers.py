# %% float_to_fixed_scale
def float_to_fixed_scale(act_scalesDict, weight_scalesDict, outputBias_float):
    scalesDict = {}
    for k, s in act_scalesDict.items():
        scalesDict[k] = round(1 / s.item())
    s = weight_scalesDict['output.fc'].item() * act_scalesDict['fc6.fc'].item()
    outputBias = np.round(outputBias_float / s).astype(int)
    return scalesDict, outputBias
