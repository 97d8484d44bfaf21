"""What the cells of the corpus's notebooks have printed and drawn: one real run of the lab."""

from __future__ import annotations

import base64
import io
import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from nbformat import v4


@cache
def _recorded(template: Path) -> dict[str, Any]:
    recorded: dict[str, Any] = json.loads((template / "recorded.json").read_text("utf-8"))
    return recorded


def printed(template: Path, findings: Sequence[str]) -> dict[str, str]:
    """Return the text that each cell has left, by the cell's name."""
    if not (template / "outputs.toml").exists():
        return {}
    recorded = _recorded(template)
    accuracy = dict(recorded["accuracy"])
    if "bias-misses-input-scale" in findings:
        accuracy["bias"] = accuracy["bias_without_input_scale"]
    words = {
        **accuracy,
        "losses": _loss_lines(recorded["losses"]),
        "bias_losses": _loss_lines(recorded["bias_losses"]),
        "weight_ranges": _range_lines(recorded["weights"]),
        "activation_ranges": _range_lines(recorded["activations"]),
    }
    texts = tomllib.loads((template / "outputs.toml").read_text("utf-8"))
    return {name: text.format(**words) + "\n" for name, text in texts.items()}


def _loss_lines(losses: list[float]) -> str:
    steps = [(epoch, batch) for epoch in (1, 2) for batch in range(2000, 12001, 2000)]
    return "\n".join(
        f"epoch {epoch}, batch {batch:5d}: loss {loss:.3f}"
        for (epoch, batch), loss in zip(steps, losses, strict=True)
    )


def _range_lines(ranges: dict[str, Any]) -> str:
    return "\n".join(
        f"{name}: {r['min']:.4f} ~ {r['max']:.4f}, mean {r['mean']:.4f}, std {r['std']:.4f}, "
        f"3-sigma {r['mean'] - 3 * r['std']:.4f} ~ {r['mean'] + 3 * r['std']:.4f}"
        for name, r in ranges.items()
    )


@cache
def _histograms(template: Path, group: str) -> str:
    """Return the group's histograms, side by side, as a PNG in base64."""
    ranges = _recorded(template)[group]
    figure = Figure(figsize=(3 * len(ranges), 2.6), layout="constrained")
    for axes, (name, r) in zip(figure.subplots(1, len(ranges)), ranges.items(), strict=True):
        width = (r["max"] - r["min"]) / len(r["counts"])
        edges = [r["min"] + width * i for i in range(len(r["counts"]) + 1)]
        axes.stairs(r["counts"], edges, fill=True)
        axes.set_title(name)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=72, metadata={"Software": None})
    return base64.b64encode(buffer.getvalue()).decode()


def outputs(template: Path, name: str, texts: Mapping[str, str]) -> Iterator[Any]:
    if name in texts:
        yield v4.new_output("stream", name="stdout", text=texts[name])
    if texts and name in ("plot_weights", "plot_activations"):
        group = name.removeprefix("plot_")
        axes = len(_recorded(template)[group])
        text = f"<Figure size {300 * axes}x260 with {axes} Axes>"
        data = {"text/plain": text, "image/png": _histograms(template, group)}
        yield v4.new_output("display_data", data=data)
