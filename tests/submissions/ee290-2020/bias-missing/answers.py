# %% NetQuantizedWithBias.quantized_bias
