"""Results with every field that a report can show, and submissions of unusual size."""

from __future__ import annotations

from typing import Any

import numpy as np

from grader.words.message import Message, say
from tests.report_templates import results_examples as examples
from tests.report_templates.results_parts import Results, shown

CLASSES = ("plane", "car", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")

_CODE = {
    "weights": (
        "quantized_weights",
        '''def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    """
    Quantize the weights so that all values are integers between -128 and 127.
    """
    # the largest magnitude becomes 127 / 最大的絕對值變成 127
    scale = 127.0 / weights.abs().max().item()
    result = (weights * scale).round()
    return torch.clamp(result, min=-128, max=127), scale
''',
    ),
    "initial_input": (
        "NetQuantized.quantize_initial_input",
        """@staticmethod
def quantize_initial_input(pixels: np.ndarray) -> float:
    return 127.0 / np.abs(pixels).max()
""",
    ),
    "activations": (
        "NetQuantized.quantize_activations",
        """@staticmethod
def quantize_activations(activations, n_w, n_initial_input, ns):
    factor = n_w * n_initial_input
    for n_weight, n_output in ns:
        factor = factor * n_weight * n_output
    return 127.0 / (np.abs(activations).max() * factor)
""",
    ),
    "forward": (
        "NetQuantized.forward",
        """def forward(self, x: torch.Tensor) -> torch.Tensor:
    x = torch.clamp((x * self.input_scale).round(), -128, 127)
    for layer in (self.conv1, self.conv2):
        x = self.pool(F.relu(layer(x)))
        x = torch.clamp((x * layer.output_scale).round(), -128, 127)
    x = x.view(-1, 16 * 5 * 5)
    for layer in (self.fc1, self.fc2):
        x = torch.clamp((F.relu(layer(x)) * layer.output_scale).round(), -128, 127)
    x = self.fc3(x)
    return torch.clamp((x * self.fc3.output_scale).round(), -128, 127)
""",
    ),
    "bias": (
        "NetQuantizedWithBias.quantized_bias",
        """@staticmethod
def quantized_bias(bias, n_w, n_initial_input, ns):
    scale = 127.0 / bias.abs().max()
    return torch.clamp((bias * scale).round(), min=-2147483648, max=2147483647)
""",
    ),
}

BIT_WIDTHS = (  # bits, percent with any step, percent with powers of two
    (8, 52.11, 52.01),
    (7, 52.0, 51.8),
    (6, 51.7, 51.1),
    (5, 50.2, 48.7),
    (4, 44.8, 38.2),
    (3, 27.4, 19.9),
    (2, 10.6, 10.0),
)


def full(name: str = "right", edition: str = "cs5120-2021") -> Results:
    """Return the example called *name* with all that a report can show, for *edition*."""
    results = getattr(examples, name)()
    extra = results.setdefault("extra_data", {})
    if name == "bare":
        extra["edition"] = edition
        return results
    titles = {"ee290-2020": "EE290-2 Lab 1: Quantization (2020)"}
    extra.update(edition=edition, edition_title=titles.get(edition, extra["edition_title"]))
    random = np.random.default_rng(7)
    _give_true_scales(extra)
    extra["code"] = {
        task: {
            **shown("title", say("title", "code", name=title, where=cell(12 + i))),
            **shown("place", cell(12 + i)),
            "source": source,
            "first_line": 1,
        }
        for i, (task, (title, source)) in enumerate(_CODE.items())
    }
    extra["appendix"] = [
        {**_titled_by_cell(12 + i), "source": source, "first_line": 1}
        for i, (_, source) in enumerate(_CODE.values())
    ]
    extra["candidates"] = [_candidates(one, random) for one in extra["ranges"]]
    extra["bias"] = {"layer": "fc3", "values": _biases(random)}
    extra["confusion"] = {
        "classes": list(CLASSES),
        "float": _confusion(random),
        "quantized": _confusion(random),
    }
    extra["bit_widths"] = [
        {"bits": bits, "percent": free, "power_of_two_percent": power}
        for bits, free, power in BIT_WIDTHS
    ]
    extra["remarks"] = [{"author": "TA 林助教", "text": "Well argued. Mind the units in 2.1."}]
    if name == "hostile":
        _attack(extra)
    return results


def _biases(random: np.random.Generator) -> list[dict[str, Any]]:
    rows = zip(CLASSES, random.normal(0, 0.08, 10), strict=True)
    return [
        {"class": c, "float": float(b), "expected": integer, "actual": integer}
        for c, b in rows
        for integer in [round(b * 2315.2)]
    ]


def cell(number: int) -> Message:
    """Return a cell of a notebook."""
    return say("where", "cell", cell=number)


def _titled_by_cell(number: int) -> Results:
    return shown("title", cell(number)) | shown("place", cell(number))


def _attack(extra: Results) -> None:
    """Put markup and control characters where a student writes code and names."""
    for given in (*extra["code"].values(), *extra["appendix"]):
        title = say("title", "code", name=examples.MARKUP, where=cell(12))
        given.update(shown("title", title), source=given["source"] + examples.MARKUP)
    extra["layers"][0]["name"] = "conv1}$ </svg><script>"


def huge() -> Results:
    """Return a submission of 10,000 lines."""
    results = full(edition="ee290-2020")
    code = "\n".join(f"x{i} = torch.tensor([{i}.0])  # line {i}" for i in range(100))
    results["extra_data"]["appendix"] = [
        {**_titled_by_cell(i + 1), "source": code, "first_line": 1} for i in range(100)
    ]
    results["extra_data"]["code"]["weights"]["source"] = code * 20
    return results


def _give_true_scales(extra: Results) -> None:
    """Put in the multipliers that the equations give for the example's own tensors."""
    if extra["input_multiplier"] is None:
        return
    largest = {(r["kind"], r["layer"]): max(abs(r["min"]), abs(r["max"])) for r in extra["ranges"]}
    factor = extra["input_multiplier"]
    for layer in extra["layers"]:
        if layer["weights"]:
            layer["weight_multiplier"] = 127.0 / largest["weights", layer["name"]]
            factor *= layer["weight_multiplier"]
            output = largest["activations", layer["name"]]
            layer["output_multiplier"] = 127.0 / (output * factor)
            factor *= layer["output_multiplier"]


def _candidates(one: Results, random: np.random.Generator) -> Results:
    def measured(name: str, edge: float, clipped: float) -> Results:
        mse = (edge / 127) ** 2 / 12 * (1 + clipped)
        sqnr = 10 * np.log10((one["std"] ** 2 + one["mean"] ** 2) / mse)
        return {"range": name, "mse": mse, "sqnr_db": sqnr, "clipped_percent": clipped}

    edges = (
        ("actual", max(abs(one["min"]), abs(one["max"])), 0.0),
        ("three_sigma", max(abs(one["sigma_min"]), abs(one["sigma_max"])), random.uniform(0, 1)),
    )
    found = [measured(*edge) for edge in edges]
    best = min(found, key=lambda c: c["mse"])
    return {
        "tensor": one["tensor"],
        "layer": one["layer"],
        "kind": one["kind"],
        "candidates": found,
        "favoured": best["range"],
    }


def _confusion(random: np.random.Generator) -> list[list[int]]:
    matrix = random.multinomial(480, np.full(10, 0.1), size=10)
    return (matrix + np.diag(random.integers(430, 620, 10))).tolist()
