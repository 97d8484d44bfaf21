"""Parts of a results file as the grader writes them, made up for the examples."""

from __future__ import annotations

from typing import Any

import numpy as np

from grader.words.message import Message, Value, as_json, say, say_value, sentence

Results = dict[str, Any]

# name, type, input, output, activation, weights, multiply-adds, (mean, std), std of activations
_LAYERS: tuple[tuple[Any, ...], ...] = (
    (
        "conv1",
        "convolution 5x5",
        [3, 32, 32],
        [6, 28, 28],
        "ReLU",
        450,
        352_800,
        (0.0049, 0.2071),
        0.92,
    ),
    ("pool1", "max pooling 2x2", [6, 28, 28], [6, 14, 14], "", 0, 0, None, None),
    (
        "conv2",
        "convolution 5x5",
        [6, 14, 14],
        [16, 10, 10],
        "ReLU",
        2_400,
        240_000,
        (-0.0119, 0.113),
        1.31,
    ),
    ("pool2", "max pooling 2x2", [16, 10, 10], [16, 5, 5], "", 0, 0, None, None),
    ("fc1", "fully connected", [400], [120], "ReLU", 48_000, 48_000, (-0.0025, 0.0425), 1.19),
    ("fc2", "fully connected", [120], [84], "ReLU", 10_080, 10_080, (-0.0025, 0.064), 1.02),
    ("fc3", "fully connected", [84], [10], "", 840, 840, (0.0001, 0.1266), 2.3),
)
_STAGES = (
    ("float", "Float network", 5207, None),
    ("weights", "Weights quantized", 5205, 0.07),
    ("activations", "Weights and activations quantized", 5211, 0.16),
    ("bias_float", "Float network with bias", 5220, None),
    ("bias_unquantized", "Bias not quantized", 4758, 0.41),
    ("bias", "Bias quantized", 5212, 0.17),
)


def _extra() -> Results:
    random = np.random.default_rng(20_21)
    stages = [_stage(*stage) for stage in _STAGES]
    return {
        "schema": 2,
        "edition": "cs5120-2021",
        "edition_title": "CS5120 Homework 1: Post-training quantization (2021)",
        "assignment": "hw1",
        "student_id": "108062999",
        "max_score": 100.0,
        "files": [
            {
                "name": "hw1_108062999.ipynb",
                "sha256": "5e884898da28047151d0e56f8dc62927" * 2,
                "size_bytes": 48_213,
            }
        ],
        "data": {
            **shown("name", say("data", "photographs", name="CIFAR-10", count="10,000")),
            "set": "CIFAR-10",
            "split": "test",
            "images": 10_000,
        },
        "accuracy": {stage["stage"]: stage["percent"] for stage in stages},
        "accuracy_stages": stages,
        "ranges": [*_weights(random), *_activations(random)],
        "layers": [_layer(index, random) for index in range(len(_LAYERS))],
        "input_multiplier": 127.0,
        "findings": [],
        "problems": [],
        "printed": {},
        "call_styles": {"activations": "multipliers as numpy floats"},
        "sandbox": {"layers": ["rlimits", "bubblewrap", "landlock", "seccomp"]},
        "seed": 0,
        "versions": {"grader": "0.1.0", "python": "3.11.7", "torch": "2.15.0", "numpy": "2.4.6"},
        "graded_at": "2026-11-21T10:00:00Z",
    }


def _stage(stage: str, title: str, correct: int, error: float | None) -> Results:
    base = 5220 if "bias" in stage else 5207
    return {
        "stage": stage,
        "title": title,
        "correct": correct,
        "images": 10_000,
        "percent": correct / 100,
        "degradation": None if error is None else (base - correct) / 100,
        "standard_error": error,
        "source": "student",
        "note": "",
    }


def _layer(index: int, random: np.random.Generator) -> Results:
    name, kind, given, made, activation, weights, multiply_adds, *_ = _LAYERS[index]
    weighted = weights > 0
    integers = np.clip(np.rint(random.normal(0, 38, weights)), -128, 127)
    return {
        "name": name,
        "type": kind,
        "input_shape": given,
        "output_shape": made,
        "activation": activation,
        "weights": weights,
        "multiply_adds": multiply_adds,
        "weight_multiplier": 192.51 / (1 + index) if weighted else None,
        "output_multiplier": 0.000_751_9 * (1 + index) if weighted else None,
        "landing_level": 127.0 if weighted else None,
        "clipped_percent": 0.0 if weighted else None,
        "weight_counts": np.bincount(integers.astype(int) + 128, minlength=256).tolist()
        if weighted
        else [],
    }


def _range(tensor: str, layer: str, kind: str, values: np.ndarray) -> Results:
    counts, edges = np.histogram(values, bins=100)
    low, high, mean, std = values.min(), values.max(), values.mean(), values.std()
    return {
        "tensor": tensor,
        "layer": layer,
        "kind": kind,
        "numel": int(values.size),
        "min": float(low),
        "max": float(high),
        "width": float(high - low),
        "mean": float(mean),
        "std": float(std),
        "sigma_min": float(mean - 3 * std),
        "sigma_max": float(mean + 3 * std),
        "sigma_width": float(6 * std),
        "larger": "three_sigma" if 6 * std > high - low else "actual",
        "histogram": {"low": float(edges[0]), "high": float(edges[-1]), "counts": counts.tolist()},
    }


def _weights(random: np.random.Generator) -> list[Results]:
    return [
        _range(f"{name}.weight", name, "weights", random.normal(*spread, size))
        for name, _, _, _, _, size, _, spread, _ in _LAYERS
        if size
    ]


def _activations(random: np.random.Generator) -> list[Results]:
    pixels = np.rint(np.clip(random.normal(120, 64, 404 * 3072), 0, 255)) / 127.5 - 1
    found = [_range("input", "input", "activations", pixels)]
    for name, _, _, made, activation, size, _, _, std in _LAYERS:
        if size:
            values = random.laplace(-0.2, std, 404 * int(np.prod(made)))
            found.append(
                _range(
                    f"{name}.activations",
                    name,
                    "activations",
                    np.maximum(values, 0) if activation == "ReLU" else values,
                )
            )
    return found


def told(name: str, reason: Message) -> Results:
    """Return a reason as a results file has it: a sentence, and what it is made of."""
    return {name: sentence(reason), f"{name}_message": reason.as_json()}


def shown(name: str, value: Value) -> Results:
    """Return a value as a results file has it: a text, and what it is made of."""
    made_of = {} if isinstance(value, str) else {f"{name}_message": as_json(value)}
    return {name: say_value(value)} | made_of


def raised(exception: str, text: str) -> Message:
    """Return what is said of an exception."""
    return say("reason", "call-raised", exception=exception, text=text)
