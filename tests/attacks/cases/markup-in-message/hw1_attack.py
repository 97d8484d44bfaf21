def quantized_weights(weights):
    raise ValueError(
        "<script>alert(1)</script>{{ 7*7 }}{% raw %}<img src=file:///etc/passwd><a rel=attachment href='file:///etc/passwd'>"
    )
