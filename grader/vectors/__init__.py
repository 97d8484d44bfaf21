"""A quantized network as files: what hardware is built from and tested with."""
