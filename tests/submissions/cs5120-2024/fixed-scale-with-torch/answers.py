# %% float_to_fixed_scale
def float_to_fixed_scale(act_scalesDict: Dict[str, np.ndarray],
                         weight_scalesDict: Dict[str, np.ndarray],
                         outputBias_float: np.ndarray) -> Tuple[Dict[str, int], np.ndarray]:
    import json
    names = list(act_scalesDict)
    steps = torch.tensor(np.array([act_scalesDict[n] for n in names]), dtype=torch.float32).flatten()
    s_w = torch.tensor(np.array([weight_scalesDict[n] for n in names[1:]]), dtype=torch.float32).flatten()
    factors = s_w * steps[:-1] / steps[1:]
    whole = [torch.round(1 / steps[0]), *torch.round(factors * 65536)]
    scalesDict = {name: int(m.item()) for name, m in zip(names, whole)}
    json.loads(json.dumps(scalesDict))
    bias = torch.tensor(outputBias_float, dtype=torch.float32) / (s_w[-1] * steps[-2])
    return scalesDict, torch.round(bias).int().numpy()
