"""The conventions that every number rests on, and the limits of what was measured."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from report_templates.page.blocks import Block
from report_templates.page.numbers import integer
from report_templates.parts.explanation.sentences import bullets
from report_templates.source import Source

Names = Mapping[str, str]


def conventions(source: Source) -> tuple[Block, ...]:
    """Return how deviations, ranges, errors and losses are counted, and of whose network."""
    rules = {f"conventions.{key}": rule for key, rule in CONVENTIONS.items()}
    return bullets(source, rules, None)


def _network(source: Source, _facts: None) -> Names | None:
    return {} if source.extra.ranges else None


def _deviation(source: Source, _facts: None) -> Names | None:
    return {} if any(one.std is not None for one in source.extra.ranges) else None


def _calibration(source: Source, _facts: None) -> Names | None:
    """Return how many images the activations are of: values of the input by its size."""
    layers, ranges = source.extra.layers, source.extra.ranges
    values = next((one.numel for one in ranges if one.layer == "input"), None)
    size = math.prod(layers[0].input_shape) if layers and layers[0].input_shape else 0
    if not values or not size or values % size:
        return None
    images = values // size
    return {"images": integer(images)} if images > 1 else None


def _one_image(source: Source, _facts: None) -> Names | None:
    layers, ranges = source.extra.layers, source.extra.ranges
    values = next((one.numel for one in ranges if one.layer == "input"), None)
    size = math.prod(layers[0].input_shape) if layers and layers[0].input_shape else 0
    return {} if values and values == size else None


def _errors(source: Source, _facts: None) -> Names | None:
    return {} if any(one.candidates for one in source.extra.candidates) else None


def _chance(source: Source, _facts: None) -> Names | None:
    stages = source.extra.accuracy_stages
    return {} if any(stage.standard_error is not None for stage in stages) else None


CONVENTIONS: Mapping[str, Callable[[Source, None], Names | None]] = {
    "network": _network,
    "deviation": _deviation,
    "calibration": _calibration,
    "one_image": _one_image,
    "errors": _errors,
    "chance": _chance,
}
