# %% after:run_bias about_more [markdown]
# ### Extra credit
# 32 bits are more than the bias needs.

# %% after:about_more NetQuantizedWithBias_16
class NetQuantizedWithBias(NetQuantizedWithBias):
    @staticmethod
    def quantized_bias(bias, n_w, n_initial_input, ns):
        factor = n_w * n_initial_input
        for weight_scale, output_scale in ns:
            factor = factor * weight_scale * output_scale
        return torch.clamp((bias * factor).round(), min=-32768, max=32767)
