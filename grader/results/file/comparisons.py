"""The parts of a results file that hold no student's numbers: the network and others beside it."""

from __future__ import annotations

from pydantic import Field

from grader.results.file.fields import Count, Number, NumberOrNull, Part, Text, Whole

FIRST = "The first of its group is what the others are compared with."


class SummaryRow(Part):
    """One module of the network."""

    name: Text = Field(default="", description="Conv2d: 2-1; the network's name in the first row.")
    depth: Count = None
    input_shape: tuple[Whole, ...] = ()
    kernel: tuple[Whole, ...] = Field(default=(), description="Empty where it has none.")
    output_shape: tuple[Whole, ...] = ()
    parameters: Count = None
    multiply_adds: Count = None


class ModelSummary(Part):
    """The network module by module, for a batch of one image."""

    program: Text = Field(default="", description="That made it: torchinfo 1.8.0.")
    rows: tuple[SummaryRow, ...] = ()
    parameters: Count = None
    trainable: Count = None
    multiply_adds: Count = None
    input_bytes: Count = None
    pass_bytes: Count = Field(default=None, description="Forward and backward.")
    parameter_bytes: Count = None


class Variant(Part):
    """A network of the reference's on the test images, and the first of its group beside it."""

    name: Text = ""
    correct: Count = Field(default=None, description="Images.")
    images: Count = None
    agreeing: Count = Field(default=None, description="Images that both put into one class.")
    degradation: NumberOrNull = Field(
        default=None, description="Percentage points below the first; null for the first."
    )
    standard_error: NumberOrNull = None
    training_images: NumberOrNull = Field(
        default=None, description="Null where it has no training of its own."
    )
    epochs: NumberOrNull = None


class LayerForm(Part):
    """A layer's type and activation in another form of the network."""

    name: Text = ""
    type: Text = ""
    activation: Text = Field(default="", description="sigmoid, softmax, ReLU, or empty.")


class Of1998(Part):
    """The network as of 1998."""

    layers: tuple[LayerForm, ...] = ()
    variants: tuple[Variant, ...] = Field(
        default=(), description=f"float, softmax, average_pooling, sigmoid, all. {FIRST}"
    )


class LinearLayer(Part):
    """A convolution whose kernel covers its input, and the same weights as a linear layer."""

    layer: Text = ""
    inputs: Count = None
    outputs: Count = None
    weights: Count = None
    images: Count = None
    agreeing: Count = Field(default=None, description="Images that both put into one class.")
    largest_difference: Number = Field(default=None, description="Between the float logits.")
    largest_logit: Number = None
    integers: Count = Field(default=None, description="That the quantized networks give.")
    equal_integers: Count = None


class RequantizedLayer(Part):
    """One layer's multiplier in whole numbers, and the sums that it meets."""

    layer: Text = ""
    multiplier: Number = Field(default=None, description="M.")
    fixed: Count = Field(default=None, description="round(M 2^fraction_bits).")
    divisor: Count = Field(default=None, description="round(1 / M).")
    largest_sum: Count = None
    product_bits: Count = Field(default=None, description="Of the largest sum times fixed.")
    rounded_up_percent: Number = Field(
        default=None, description="Of the outputs that rounding makes larger than the floor."
    )


class Requantization(Part):
    """The reference's network, requantized in each way of the sheet."""

    fraction_bits: Count = None
    layers: tuple[RequantizedLayer, ...] = ()
    input_levels: Number = Field(
        default=None, description="How far dividing takes an input integer from multiplying."
    )
    variants: tuple[Variant, ...] = Field(
        default=(), description=f"float, nearest, floor, divisor, divisor_and_input. {FIRST}"
    )


class Comparisons(Part):
    """The reference's networks on the test images; null where the edition has no such network."""

    of_1998: Of1998 | None = None
    linear: LinearLayer | None = None
    requantization: Requantization | None = None
    quantized_training: tuple[Variant, ...] = Field(
        default=(), description=f"float, ptq, qat, qat_integers. {FIRST}"
    )
