"""The integers of a quantized network as files: ``parameter.zip``, and what the grader writes."""
