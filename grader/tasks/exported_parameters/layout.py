"""Which files an archive of parameters has, and how many numbers stand in each."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from reference.spec import LayerSpec, NetworkSpec, Shape

_WEIGHTS = re.compile(r"(?:^|/)(?P<module>[^/]+)\.weight\.csv$")


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One layer as the archive names it; ``block`` is the folder of what enters and leaves it."""

    spec: LayerSpec
    input_shape: Shape  # of one image
    output_shape: Shape

    @property
    def block(self) -> str:
        """Return ``conv1`` for the module ``conv1.conv``."""
        return self.spec.module.partition(".")[0] if "." in self.module else self.spec.name

    @property
    def module(self) -> str:
        """Return the module's path, which names the weights' file and the layer's scale."""
        return self.spec.module

    @property
    def weights_file(self) -> str:
        """Return the path of the weights' file."""
        return f"weights/{self.module}.weight.csv"

    @property
    def bias_file(self) -> str:
        """Return the path of the bias' file."""
        return f"weights/{self.module}.bias.csv"

    @property
    def inputs(self) -> int:
        """Return how many numbers enter the layer for one image."""
        return math.prod(self.input_shape)

    @property
    def outputs(self) -> int:
        """Return how many numbers leave the layer for one image."""
        return math.prod(self.output_shape)


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The files of one network's archive. Paths have ``/`` between their folders."""

    network: NetworkSpec
    images: int = 100
    scales_file: str = "fixed_scale.json"
    input_scale: str = "quant"  # the scale of the images, by its name in the file of scales
    bits: int = 8
    bias_bits: int = 32
    fraction_bits: int = 16

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        """Return every layer in the order in which they run."""
        pairs = zip(self.network.layers, self.network.shapes(), strict=True)
        return tuple(
            Layer(spec=spec, input_shape=given, output_shape=made) for spec, (given, made) in pairs
        )

    @cached_property
    def weighted(self) -> tuple[Layer, ...]:
        """Return the layers that have weights."""
        return tuple(layer for layer in self.layers if layer.spec.has_weights)

    @property
    def biased(self) -> tuple[Layer, ...]:
        """Return the layers that have a bias."""
        return tuple(layer for layer in self.weighted if layer.spec.bias)

    @property
    def scales(self) -> tuple[str, ...]:
        """Return the names of the scales: the images' and each weighted layer's."""
        return (self.input_scale, *(layer.module for layer in self.weighted))

    @property
    def quant_min(self) -> int:
        """Return the smallest integer that passes between layers."""
        return -(1 << (self.bits - 1))

    @property
    def quant_max(self) -> int:
        """Return the largest integer that passes between layers."""
        return (1 << (self.bits - 1)) - 1

    def after(self, layer: Layer) -> Layer | None:
        """Return the layer that runs after *layer*, None for the last."""
        following = self.layers[self.layers.index(layer) + 1 :]
        return following[0] if following else None

    @cached_property
    def parameter_files(self) -> Mapping[str, int]:
        """Return how many numbers stand in the file of each layer's weights and bias."""
        weights = {layer.weights_file: layer.spec.weights for layer in self.weighted}
        return weights | {layer.bias_file: layer.spec.out_features for layer in self.biased}

    @cached_property
    def recordings(self) -> Mapping[str, int]:
        """Return how many numbers stand in each file of an image's folder, by its path there."""
        sizes = {"input.csv": math.prod(self.network.input_shape)}
        for layer in self.layers:
            sizes[f"{layer.block}/input.csv"] = layer.inputs
            sizes[f"{layer.block}/output.csv"] = layer.outputs
        return sizes | {"output.csv": self.layers[-1].outputs}

    @property
    def inputs(self) -> tuple[str, ...]:
        """Return the recordings of what enters each layer."""
        return tuple(f"{layer.block}/input.csv" for layer in self.layers)

    @property
    def outputs(self) -> tuple[str, ...]:
        """Return the recordings of what leaves each layer."""
        return tuple(f"{layer.block}/output.csv" for layer in self.layers)

    @property
    def sums(self) -> tuple[str, ...]:
        """Return the recordings of the weighted layers' sums."""
        return tuple(f"{layer.block}/output.csv" for layer in self.weighted)

    def recording_files(self) -> Iterator[tuple[int, str, str]]:
        """Yield every image's number with the name of a recording and the path of its file."""
        for image in range(self.images):
            for name in self.recordings:
                yield image, name, recording_file(image, name)

    @cached_property
    def files(self) -> Mapping[str, int]:
        """Return how many numbers stand in every file, that of the scales included."""
        recorded = {path: self.recordings[name] for _, name, path in self.recording_files()}
        return {**self.parameter_files, self.scales_file: len(self.scales), **recorded}


def weighted_in(paths: Iterable[str]) -> frozenset[str]:
    """Return the modules whose weights stand in an archive's files, in whatever folder."""
    matches = (_WEIGHTS.search(path) for path in paths)
    return frozenset(match["module"] for match in matches if match)


def recording_file(image: int, name: str) -> str:
    """Return the path of one of an image's files: ``activations/img3/conv1/input.csv``."""
    return f"activations/img{image}/{name}"
