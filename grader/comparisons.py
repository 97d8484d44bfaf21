"""
What a report shows beside a submission: the reference's networks, and a summary of the network.

No student's code is in any of it, and no torch here.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class SummaryRow:
    """A module of the network; *depth* is 0 for the network itself."""

    name: str  # "Conv2d: 2-1": its class, its depth and its place among those so deep
    depth: int
    input_shape: tuple[int, ...]
    kernel: tuple[int, ...]  # () where it has none
    output_shape: tuple[int, ...]
    parameters: int  # of its own
    multiply_adds: int


@dataclass(frozen=True, kw_only=True)
class ModelSummary:
    """The network, module by module, for a batch of one image."""

    program: str  # that made it: "torchinfo 1.8.0"
    rows: tuple[SummaryRow, ...]
    parameters: int
    trainable: int
    multiply_adds: int
    input_bytes: int
    pass_bytes: int  # forward and backward
    parameter_bytes: int


@dataclass(frozen=True, kw_only=True)
class Variant:
    """
    A network on the test images, compared with the first of its group.

    *agreeing* are the images on which both name the same class. *training_images* and *epochs*
    are None for one that has no training of its own.
    """

    name: str
    correct: int
    images: int
    agreeing: int
    degradation: float | None = None  # in percentage points
    standard_error: float | None = None
    training_images: int | None = None
    epochs: int | None = None


@dataclass(frozen=True, kw_only=True)
class LayerForm:
    """What a layer is: its type and its activation."""

    name: str
    type: str
    activation: str


@dataclass(frozen=True, kw_only=True)
class Of1998:
    """The network as of 1998, and what each difference costs when the network is trained so."""

    layers: tuple[LayerForm, ...]
    variants: tuple[Variant, ...]  # float, softmax, average_pooling, sigmoid, all


@dataclass(frozen=True, kw_only=True)
class LinearLayer:
    """A convolution whose kernel covers its input, and the same weights as a linear layer."""

    layer: str
    inputs: int
    outputs: int
    weights: int
    images: int
    agreeing: int  # images that both float networks put into the same class
    largest_difference: float  # between their logits
    largest_logit: float
    integers: int  # that the quantized networks give for all images
    equal_integers: int


@dataclass(frozen=True, kw_only=True)
class RequantizedLayer:
    """One layer's multiplier in whole numbers, and the sums that it meets on the test images."""

    layer: str
    multiplier: float  # M
    fixed: int  # round(M 2^fraction_bits)
    divisor: int  # round(1 / M)
    largest_sum: int
    product_bits: int  # of the largest sum times fixed, sign included
    rounded_up_percent: float  # of the outputs that rounding makes larger than the floor


@dataclass(frozen=True, kw_only=True)
class Requantization:
    """The reference's network, requantized in each way that the sheet speaks of."""

    fraction_bits: int
    layers: tuple[RequantizedLayer, ...]
    input_levels: float  # how far dividing takes an input integer from multiplying, at most
    variants: tuple[Variant, ...]  # float, nearest, floor, divisor, divisor_and_input


@dataclass(frozen=True, kw_only=True)
class Comparisons:
    """All that is measured of an edition's reference networks; None where nothing can be."""

    of_1998: Of1998 | None = None
    linear: LinearLayer | None = None
    requantization: Requantization | None = None
    quantized_training: tuple[Variant, ...] = ()  # float, ptq, qat, qat_integers
