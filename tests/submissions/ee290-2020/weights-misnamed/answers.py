# %% quantized_weights
def quantize_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    scale = 127 / weights.abs().max().item()
    return torch.clamp((weights * scale).round(), min=-128, max=127), scale

# %% quantize_layer_weights
def quantize_layer_weights(model: nn.Module) -> None:
    for name, layer in model.named_children():
        if isinstance(layer, (nn.Conv2d, nn.Linear)):
            integers, scale = quantize_weights(layer.weight.data)
            layer.weight.data = integers.to(device)
            layer.weight.scale = scale
