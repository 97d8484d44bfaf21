"""The parts of a results file that say what was measured."""

from __future__ import annotations

from pydantic import Field

from grader.results.file.fields import (
    Count,
    Flag,
    Number,
    NumberOrNull,
    Part,
    Said,
    Text,
    Whole,
    is_empty,
    optional,
)

KIND = "weights or activations."


class Data(Part):
    """The images that the submission was judged on."""

    name: Text = Field(default="", description="The data set with its size.")
    name_message: Said | None = optional()
    set: Text = Field(default="", description="The data set alone.")
    set_message: Said | None = optional()
    split: Text = Field(default="", description="train or test.")
    images: Count = None


class Stage(Part):
    """The accuracy with a part of the network quantized."""

    stage: Text = Field(
        default="",
        description="float, weights, activations, bias_float, bias_unquantized or bias; "
        "..._judged where the reference's results stand in for what did not pass.",
    )
    title: Text = ""
    correct: Count = Field(default=None, description="Images.")
    images: Count = None
    percent: Number = None
    degradation: NumberOrNull = Field(
        default=None, description="Percentage points below the float one."
    )
    standard_error: NumberOrNull = Field(
        default=None, description="Of the degradation, in the same unit."
    )
    source: Text = Field(
        "student",
        description="student, reference or course: whose functions made the network that ran; "
        "course is the float network as it was trained.",
    )
    note: Text = ""
    note_message: Said | None = optional()
    substituted: tuple[Text, ...] = Field(
        default=(), description="Tasks whose results in it are the reference's."
    )
    agreeing: Count | None = optional("Images that get the class that the float network gives.")


class Histogram(Part):
    """Counts in bins of equal width from *low* to *high*."""

    low: Number = None
    high: Number = None
    counts: tuple[Whole, ...] = ()


class Range(Part):
    """One tensor of the trained network: its range and its three-sigma range."""

    tensor: Text = Field(default="", description="conv1.weight, input or conv1.activations.")
    layer: Text = ""
    kind: Text = Field(default="", description=KIND)
    numel: Count = Field(default=None, description="How many values it has.")
    min: Number = None
    max: Number = None
    width: Number = Field(default=None, description="max - min.")
    mean: Number = None
    std: Number = None
    sigma_min: Number = Field(default=None, description="mean - 3 std.")
    sigma_max: Number = Field(default=None, description="mean + 3 std.")
    sigma_width: Number = Field(default=None, description="6 std.")
    larger: Text = Field(default="", description="Which range is wider: actual or three_sigma.")
    skewness: Number = Field(default=None, description="0 for a symmetric shape.")
    tail_weight: Number = Field(
        default=None, description="The excess kurtosis: 0 for a normal distribution."
    )
    below: Count = Field(default=None, description="Values smaller than mean - 3 std.")
    above: Count = Field(default=None, description="Values larger than mean + 3 std.")
    zeros: Count = None
    at_minimum: Count = Field(default=None, description="Values equal to min.")
    at_maximum: Count = Field(default=None, description="Values equal to max.")
    after: tuple[Text, ...] = Field(
        default=(), description="What the values have passed: relu, pooling."
    )
    histogram: Histogram = Histogram()


class Layer(Part):
    """One layer of the network, and what the submission's scales make of it."""

    name: Text = ""
    type: Text = Field(
        default="", description="convolution 5x5, fully connected, max pooling 2x2."
    )
    input_shape: tuple[Whole, ...] = Field(
        default=(), description="Channels, height, width; or features."
    )
    output_shape: tuple[Whole, ...] = ()
    activation: Text = Field(default="", description="ReLU, or empty.")
    weights: Count = Field(default=None, description="How many; 0 for pooling.")
    multiply_adds: Count = None
    weight_multiplier: NumberOrNull = Field(default=None, description="n_W; integer = real x n.")
    output_multiplier: NumberOrNull = Field(default=None, description="n_O.")
    landing_level: NumberOrNull = Field(
        default=None,
        description="E: the integer on which the largest output lands; 127 is the edge.",
    )
    clipped_percent: NumberOrNull = Field(default=None, description="Of the layer's outputs.")
    weight_counts: tuple[Whole, ...] = Field(
        default=(),
        description="How many quantized weights have each integer from -128 to 127; or empty.",
    )


class Candidate(Part):
    """What quantizing a tensor over one range costs."""

    range: Text = Field(default="", description="actual or three_sigma.")
    step: Number = Field(default=None, description="The step of its integers.")
    mse: Number = Field(default=None, description="The mean squared error.")
    clipping_mse: Number = Field(
        default=None, description="The part of mse that clipped values make; the rest is rounding."
    )
    sqnr_db: NumberOrNull = Field(
        default=None, description="The signal to quantization noise in dB."
    )
    clipped_percent: Number = None


class RangeAccuracy(Part):
    """
    The reference's 8-bit network with one tensor over its three-sigma range, in percent.

    The loss is against the network with every tensor over its actual range, on the same images.
    """

    actual_percent: Number = None
    three_sigma_percent: Number = None
    degradation: Number = Field(default=None, description="Percentage points lost.")
    standard_error: Number = None


class Candidates(Part):
    """One tensor, quantized over each of its ranges."""

    tensor: Text = ""
    layer: Text = ""
    kind: Text = Field(default="", description=KIND)
    favoured: Text = Field(default="", description="The range of the least error.")
    candidates: tuple[Candidate, ...] = ()
    accuracy: RangeAccuracy | None = optional()


class BitWidth(Part):
    """The reference network's accuracy at one width of its integers."""

    bits: Count = None
    percent: Number = None
    power_of_two_percent: Number = Field(
        default=None, description="With scales that are powers of two."
    )


class ChallengeAnswer(Part):
    """One answer to the extra challenge, measured on the student's own functions."""

    form: Text = Field(
        default="",
        description="main: the tasks' own functions; anew, other-names or parameter.",
    )
    titles: tuple[Text, ...] = Field(default=(), description="The student's words, or names.")
    outcome: Text = Field(default="", description="passed where it answers a part, and is right.")
    reason: Text = ""
    reason_message: Said | None = optional()
    where: Text = Field(default="", description="The cell and line.")
    where_message: Said | None = optional()
    parts: tuple[Text, ...] = Field(
        default=(), description="powers_of_two, fewer_bits, mixed_bits, fewer_bias_bits."
    )
    scales: Text = Field(default="", description="free, nearest, up, down or other.")
    weight_bits: dict[str, Whole] = Field(default_factory=dict, description="By layer.")
    activation_bits: dict[str, Whole] = Field(
        default_factory=dict, description="Entering each layer, and the output."
    )
    bias_bits: Count | None = optional("To which the bias is clamped.")
    percent: NumberOrNull = Field(default=None, description="The accuracy.")
    float_percent: NumberOrNull = Field(default=None, description="The float network's.")
    degradation: NumberOrNull = None
    standard_error: NumberOrNull = None


class BiasRow(Part):
    """The bias of one class."""

    name: Text = Field(default="", validation_alias="class", serialization_alias="class")
    trained: Number = Field(default=None, validation_alias="float", serialization_alias="float")
    expected: Count = Field(default=None, description="Quantized by the reference.")
    actual: NumberOrNull = Field(default=None, description="Quantized by the submission.")


class BiasFactors(Part):
    """What the biased layer's accumulator is multiplied by, in the network with bias."""

    accumulated: Number = Field(default=None, description="A = weight x entering.")
    weight: Number = Field(default=None, description="The multiplier of the layer's weights.")
    entering: Number = Field(default=None, description="That of what enters the layer.")
    weights_only: Number = Field(
        default=None, description="The product of the weights' multipliers."
    )
    logit_size: Number = Field(
        default=None, description="Standard deviation of the float network's logits."
    )
    substituted: tuple[Text, ...] = Field(
        default=(), description="Tasks whose scales in it are the reference's."
    )


class Bias(Part):
    """The bias of one layer, by class."""

    layer: Text = ""
    values: tuple[BiasRow, ...] = ()
    factors: BiasFactors | None = optional()


class FunctionFacts(Part):
    """What one of the student's functions was found to do; empty where it is unclear."""

    rule: Text = Field(default="", description="max_abs, three_sigma or min_max.")
    level: NumberOrNull = Field(default=None, description="On which the rule's edge lands.")
    least_level: NumberOrNull = Field(
        default=None, description="The lowest integer on which a tensor's largest value lands."
    )
    most_level: NumberOrNull = None
    powers_of_two: Flag = Field(default=False, description="Whether all multipliers are.")
    rounding: Text = Field(default="", description="nearest, floor or truncated.")
    input_rounding: Text = Field(default="", description="Of the images.")
    requantizing: Text = Field(default="", description="float, fixed_point or divisor.")
    fraction_bits: Count | None = optional("Of fixed-point multipliers.")
    clamp_low: NumberOrNull = Field(default=None, description="Where smaller values were cut off.")
    clamp_high: NumberOrNull = None


class Confusion(Part):
    """Images by true class (rows) and answered class (columns); empty where not measured."""

    classes: tuple[Text, ...] = Field(default=(), exclude_if=is_empty)
    before: tuple[tuple[Whole, ...], ...] = Field(
        default=(), exclude_if=is_empty, validation_alias="float", serialization_alias="float"
    )
    quantized: tuple[tuple[Whole, ...], ...] = Field(default=(), exclude_if=is_empty)
