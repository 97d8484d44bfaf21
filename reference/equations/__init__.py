"""The handout's equations, one function each: ranges, scales, integers and multipliers."""
