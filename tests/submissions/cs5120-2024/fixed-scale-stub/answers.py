# %% float_to_fixed_scale
def float_to_fixed_scale(act_scalesDict: Dict[str, np.ndarray],
                         weight_scalesDict: Dict[str, np.ndarray],
                         outputBias_float: np.ndarray) -> Tuple[Dict[str, int], np.ndarray]:
    '''
    Turn the float scales of a network trained with quantization into whole numbers.

    Returns a whole number for each key of act_scalesDict, and the bias as integers.
    '''
    # your code here
    scalesDict = {name: 0 for name in act_scalesDict}
    outputBias = []
    return scalesDict, outputBias
