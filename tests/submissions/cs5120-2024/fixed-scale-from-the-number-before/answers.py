# %% float_to_fixed_scale
def float_to_fixed_scale(act_scalesDict, weight_scalesDict, outputBias_float):
    scalesDict = {'quant': round(1 / act_scalesDict['quant'].item())}
    prev = scalesDict['quant']
    for k in weight_scalesDict:
        M = weight_scalesDict[k].item() * prev / act_scalesDict[k].item()
        scalesDict[k] = round(M * 2**16)
        prev = scalesDict[k]
    s = weight_scalesDict['output.fc'].item() * act_scalesDict['fc6.fc'].item()
    return scalesDict, np.round(outputBias_float / s).astype(int)
