# %% NetQuantizedWithBias.quantized_bias
@staticmethod
def quantized_bias(bias: torch.Tensor, s_w: float, s_o_prev: List[float]) -> torch.Tensor:
    '''
    Turn the bias into integers of 32 bits on the scale of the sum that it is added to.

    s_w belongs to this layer's weights; s_o_prev lists the s_o of all five layers.
    '''
    # your code here
    return bias
