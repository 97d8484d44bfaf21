"""Wrong functions by what is wrong with them: the finding of each, and the checks it loses."""

from __future__ import annotations

from tests.fixed_point_table.graded import changed

LAYER = "round(s_w * s_prev / s_out * 2**16)"
INPUT = "round(1 / s_prev)"
BIAS = "np.round(outputBias_float / (s_w * s_in)).astype(int)"
ALL_ZERO = "    return {k: 0 for k in act_scalesDict}, []\n"


def layer(formula: str) -> str:
    """Return the right solution with another number for every layer."""
    return changed((LAYER, formula))


def bias(formula: str) -> str:
    """Return the right solution with another bias."""
    return changed((BIAS, formula))


def first(formula: str) -> str:
    """Return the right solution with another number for the input."""
    return changed((INPUT, formula))


# By name: the function, the finding, and the checks that it loses.
WRONG: dict[str, tuple[str, str, set[str]]] = {
    "truncates": (layer("int(s_w * s_prev / s_out * 2**16)"), "fixed-scales-cut-off", {"layers"}),
    "truncates the input": (first("int(1 / s_prev)"), "fixed-scales-cut-off", {"input"}),
    "15 places": (layer("round(s_w * s_prev / s_out * 2**15)"), "fixed-scales-places", {"layers"}),
    "17 places": (layer("round(s_w * s_prev / s_out * 2**17)"), "fixed-scales-places", {"layers"}),
    "8 places": (layer("round(s_w * s_prev / s_out * 256)"), "fixed-scales-places", {"layers"}),
    "no places": (layer("round(s_w * s_prev / s_out)"), "fixed-scales-not-shifted", {"layers"}),
    "shifts what is rounded": (
        layer("round(s_w * s_prev / s_out) << 16"),
        "fixed-scales-rounded-before-shift",
        {"layers"},
    ),
    "inverted": (
        layer("round(s_out / (s_w * s_prev) * 2**16)"),
        "fixed-scales-inverted",
        {"layers"},
    ),
    "a divisor, as in forward": (
        layer("round(s_out / (s_w * s_prev))"),
        "fixed-scales-inverted",
        {"layers"},
    ),
    "without s_w": (
        layer("round(s_prev / s_out * 2**16)"),
        "fixed-scales-miss-weight-scale",
        {"layers"},
    ),
    "without s_prev": (
        layer("round(s_w / s_out * 2**16)"),
        "fixed-scales-miss-preceding-scale",
        {"layers"},
    ),
    "own in place of preceding": (
        layer("round(s_w * s_out / s_out * 2**16)"),
        "fixed-scales-own-for-preceding",
        {"layers"},
    ),
    "without s_out": (
        layer("round(s_w * s_prev * 2**16)"),
        "fixed-scales-miss-output-scale",
        {"layers"},
    ),
    "in and out exchanged": (
        layer("round(s_w * s_out / s_prev * 2**16)"),
        "fixed-scales-swapped",
        {"layers"},
    ),
    "the image's scale everywhere": (
        changed(("        s_prev = s_out\n", "")),
        "fixed-scales-input-for-preceding",
        {"layers"},
    ),
    "two layers back": (
        changed(
            ("    for name", "    s_old = s_prev\n    for name"),
            (LAYER, "round(s_w * s_old / s_out * 2**16)"),
            ("s_prev = s_out", "s_old, s_prev = s_prev, s_out"),
        ),
        "fixed-scales-other-layers",
        {"layers"},
    ),
    "divides by s_w": (
        layer("round(s_prev / (s_w * s_out) * 2**16)"),
        "fixed-scales-other-formula",
        {"layers"},
    ),
    "clamped to 8 bits": (
        layer("min(round(s_w * s_prev / s_out * 2**16), 127)"),
        "fixed-scales-clamped",
        {"layers"},
    ),
    "constants": (layer("{'conv1.conv': 132}.get(name, 7)"), "fixed-scales-constant", {"layers"}),
    "not rounded": (
        layer("s_w * s_prev / s_out * 2**16"),
        "fixed-scales-not-rounded",
        {"integers"},
    ),
    "input not inverted": (first("round(s_prev)"), "fixed-input-not-inverted", {"input"}),
    "input as a layer": (first("round(s_prev * 2**16)"), "fixed-input-not-inverted", {"input"}),
    "input shifted": (first("round(2**16 / s_prev)"), "fixed-input-shifted", {"input"}),
    "input 127": (first("127"), "fixed-input-constant", {"input"}),
    "numpy integers": (
        layer("np.int64(round(s_w * s_prev / s_out * 2**16))"),
        "fixed-scales-not-json",
        {"json"},
    ),
    "arrays of one element": (
        changed(
            (
                "    return scalesDict",
                "    scalesDict['quant'] = np.array([scalesDict['quant']])\n    return scalesDict",
            )
        ),
        "fixed-scales-not-json",
        {"json"},
    ),
    "tensors": (
        layer("torch.tensor(s_w * s_prev / s_out * 2**16).round()"),
        "fixed-scales-not-json",
        {"json"},
    ),
    "float32 of numpy": (
        first("np.float32(round(1 / s_prev))"),
        "fixed-scales-not-json",
        {"json"},
    ),
    "no quant": (
        changed(("scalesDict['quant'] =", "_ =")),
        "fixed-keys-differ",
        {"keys", "input"},
    ),
    "keys of the blocks": (
        changed(("scalesDict[name] =", "scalesDict[name.partition('.')[0]] =")),
        "fixed-keys-differ",
        {"keys", "layers"},
    ),
    "a key more": (
        changed(("    return scalesDict", "    scalesDict['bias'] = 1\n    return scalesDict")),
        "fixed-keys-differ",
        {"keys"},
    ),
    "bias by its own output": (
        bias("np.round(outputBias_float / (s_w * act_scalesDict['output.fc']))"),
        "fixed-bias-own-scale",
        {"bias"},
    ),
    "bias without s_w": (
        bias("np.round(outputBias_float / s_in)"),
        "fixed-bias-misses-weight-scale",
        {"bias"},
    ),
    "bias without s_prev": (
        bias("np.round(outputBias_float / s_w)"),
        "fixed-bias-misses-preceding-scale",
        {"bias"},
    ),
    "bias by conv5": (
        bias("np.round(outputBias_float / (s_w * act_scalesDict['conv5.conv']))"),
        "fixed-bias-earlier-layer",
        {"bias"},
    ),
    "bias by the image": (
        bias("np.round(outputBias_float / (s_w * act_scalesDict['quant']))"),
        "fixed-bias-earlier-layer",
        {"bias"},
    ),
    "bias not rounded": (
        bias("outputBias_float / (s_w * s_in)"),
        "fixed-bias-not-rounded",
        {"integers"},
    ),
    "bias truncated": (
        bias("(outputBias_float / (s_w * s_in)).astype(int)"),
        "fixed-bias-cut-off",
        {"bias"},
    ),
    "bias floored": (
        bias("outputBias_float // (s_w * s_in)"),
        "fixed-bias-cut-off",
        {"bias"},
    ),
    "bias within 8 bits": (
        bias("np.clip(np.round(outputBias_float / (s_w * s_in)), -128, 127)"),
        "fixed-bias-clamped",
        {"bias"},
    ),
    "bias by its own range": (
        bias("np.round(outputBias_float * 127 / np.abs(outputBias_float).max())"),
        "fixed-bias-own-range",
        {"bias"},
    ),
    "rounds up": (
        layer("math.ceil(s_w * s_prev / s_out * 2**16)"),
        "fixed-scales-rounded-up",
        {"layers"},
    ),
    "rounds the multiplier to decimals first": (
        layer("round(round(s_w * s_prev / s_out, 4) * 2**16)"),
        "fixed-scales-rounded-before-shift",
        {"layers"},
    ),
    "keeps 8 bits": (
        layer("int(np.array(round(s_w * s_prev / s_out * 2**16)).astype(np.int8))"),
        "fixed-scales-wrap-around",
        {"layers"},
    ),
    "every layer as the input": (
        layer("round(1 / s_out)"),
        "fixed-scales-of-the-output-alone",
        {"layers"},
    ),
    "the outputs' steps in fixed point": (
        layer("round(s_out * 2**16)"),
        "fixed-scales-of-the-output-alone",
        {"layers"},
    ),
    "all preceding scales": (
        changed(("    s_prev = s_out", "    s_prev = s_prev * s_out")),
        "fixed-scales-every-preceding-scale",
        {"layers"},
    ),
    "the weights of the layer before": (
        changed(
            (
                "float(weight_scalesDict[name])",
                "float([*weight_scalesDict.values()][[*weight_scalesDict].index(name) - 1])",
            )
        ),
        "fixed-scales-other-layers",
        {"layers"},
    ),
    "the last number in place of the last scale": (
        changed(("    s_prev = s_out", "    s_prev = scalesDict[name]")),
        "fixed-scales-entry-for-preceding",
        {"layers"},
    ),
    "numbers as text": (
        changed(
            (
                "    return scalesDict",
                "    scalesDict['quant'] = str(scalesDict['quant'])\n    return scalesDict",
            )
        ),
        "fixed-scales-wrapped",
        {"integers"},
    ),
    "a list for a number": (
        layer("[round(s_w * s_prev / s_out * 2**16)]"),
        "fixed-scales-wrapped",
        {"integers"},
    ),
    "bias rounded up": (
        bias("np.ceil(outputBias_float / (s_w * s_in))"),
        "fixed-bias-rounded-up",
        {"bias"},
    ),
    "bias in 16 bits": (
        bias("np.round(outputBias_float / (s_w * s_in)).astype(np.int16)"),
        "fixed-bias-wraps-around",
        {"bias"},
    ),
    "bias by all preceding scales": (
        bias(
            "np.round(outputBias_float / (s_w * np.prod([*act_scalesDict.values()][:-1])))"
            ".astype(int)"
        ),
        "fixed-bias-every-preceding-scale",
        {"bias"},
    ),
    "bias by the first layer's": (
        bias(
            "np.round(outputBias_float / (weight_scalesDict['conv1.conv']"
            " * act_scalesDict['quant']))"
        ),
        "fixed-bias-earlier-layer",
        {"bias"},
    ),
    "bias by the returned number": (
        bias("np.round(outputBias_float / scalesDict['output.fc'] * 2**16)"),
        "fixed-bias-other-formula",
        {"bias"},
    ),
    "bias as it is": (bias("np.round(outputBias_float)"), "fixed-bias-not-scaled", {"bias"}),
    "bias multiplied": (
        bias("np.round(outputBias_float * (s_w * s_in))"),
        "fixed-bias-multiplied",
        {"bias"},
    ),
    "bias shifted": (
        bias("np.round(outputBias_float / (s_w * s_in) * 2**16)"),
        "fixed-bias-shifted",
        {"bias"},
    ),
    "bias by the multiplier": (
        bias("np.round(outputBias_float / (s_w * s_in / act_scalesDict['output.fc']))"),
        "fixed-bias-other-formula",
        {"bias"},
    ),
    "changes the dict": (
        changed(("float(act_scalesDict['quant'])", "float(act_scalesDict.pop('quant'))")),
        "argument-changed-in-place",
        {"unchanged"},
    ),
    "changes the bias": (
        changed(("    return scalesDict", "    outputBias_float /= s_w\n    return scalesDict")),
        "argument-changed-in-place",
        {"unchanged"},
    ),
    "random": (
        layer("round(s_w * s_prev / s_out * 2**16) + np.random.randint(9)"),
        "function-not-deterministic",
        {"layers", "repeatable"},
    ),
    "zeros for the scales": (
        changed(
            (
                "    return scalesDict",
                "    scalesDict = dict.fromkeys(scalesDict, 0)\n    return scalesDict",
            )
        ),
        "template-stub",
        {"input", "layers"},
    ),
}

# As above, where the two values are not what was asked for: what else rests on them is skipped.
UNREADABLE: dict[str, tuple[str, str, set[str]]] = {
    "the template's": (ALL_ZERO, "template-stub", {"returns", "depends", "input", "layers"}),
    "no bias": (bias("[]"), "template-stub", {"returns"}),
    "nothing": ("pass\n", "return-value-missing", {"returns"}),
    "the dict alone": (
        changed(("return scalesDict, outputBias", "return scalesDict")),
        "return-value-missing",
        {"returns"},
    ),
    "a list": (
        changed(("return scalesDict,", "return [*scalesDict.values()],")),
        "fixed-scales-not-by-name",
        {"returns"},
    ),
    "keys that are no names": (
        changed(("return scalesDict,", "return {1 / v: v for v in scalesDict.values()},")),
        "fixed-scales-not-by-name",
        {"returns"},
    ),
    "the wrong order": (
        changed(("return scalesDict, outputBias", "return outputBias, scalesDict")),
        "fixed-returns-swapped",
        {"returns"},
    ),
}
