def quantized_weights(weights):
    print("<b>bold</b><link rel=stylesheet href=file:///etc/passwd>")
    return type("<img src=x onerror=alert(1)>", (), dict())(), 1.0
