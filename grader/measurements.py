"""Records of what was measured of networks and functions, as reports show it; free of torch."""

from __future__ import annotations

from dataclasses import dataclass

from grader.words.message import Message


@dataclass(frozen=True, kw_only=True)
class StageAccuracy:
    """The accuracy of one stage of the chain, beside the float network's on the same images."""

    stage: str  # "float", "weights", "activations", "bias_float", "bias_unquantized", "bias" ...
    title: str
    correct: int
    images: int
    degradation: float | None = None  # percentage points lost against the float network
    standard_error: float | None = None  # of the degradation, from the images on which both differ
    source: str = "student"  # or "reference", "course": whose functions made what ran
    note: Message | None = None
    agreeing: int | None = None  # images of the float network's class
    substituted: tuple[str, ...] = ()  # tasks whose results in it are the reference's

    @property
    def percent(self) -> float:
        """Return the accuracy in percent."""
        return 100.0 * self.correct / self.images


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """One tensor's range, three-sigma range and histogram, as the lab asks for them."""

    tensor: str  # "conv1.weight", "input", "conv1.activations"
    layer: str
    kind: str  # "weights" or "activations"
    numel: int
    minimum: float
    maximum: float
    mean: float
    std: float
    histogram_low: float
    histogram_high: float
    counts: tuple[int, ...]
    skewness: float = 0.0
    tail_weight: float = 0.0  # the excess kurtosis
    below: int = 0  # values beyond the three-sigma range
    above: int = 0
    zeros: int = 0
    at_minimum: int = 0  # values equal to the smallest one
    at_maximum: int = 0
    after: tuple[str, ...] = ()  # what the values have passed: "relu", "pooling"

    @property
    def width(self) -> float:
        """Return the width of the actual range."""
        return self.maximum - self.minimum

    @property
    def sigma_minimum(self) -> float:
        """Return the lower end of the three-sigma range, mean - 3 std."""
        return self.mean - 3 * self.std

    @property
    def sigma_maximum(self) -> float:
        """Return the upper end of the three-sigma range, mean + 3 std."""
        return self.mean + 3 * self.std

    @property
    def larger(self) -> str:
        """Return which of the two ranges is wider: ``actual`` or ``three_sigma``."""
        return "three_sigma" if 6 * self.std > self.width else "actual"


@dataclass(frozen=True, kw_only=True)
class LayerReport:
    """What a layer is, and what the student's scales make of it."""

    name: str
    type: str
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    activation: str
    weights: int
    multiply_adds: int
    weight_multiplier: float | None = None
    output_multiplier: float | None = None  # the sheets' n_O
    landing_level: float | None = None  # E: the integer on which the largest output lands
    clipped_percent: float | None = None
    weight_counts: tuple[int, ...] = ()  # histogram of the quantized weights, -128 ... 127


@dataclass(frozen=True, kw_only=True)
class CandidateRange:
    """What quantizing a tensor over one range costs."""

    range: str  # "actual" or "three_sigma"
    mean_squared_error: float
    sqnr_db: float
    clipped_percent: float
    step: float = 0.0
    clipping_error: float = 0.0  # the part of the mean squared error that clipped values make


@dataclass(frozen=True, kw_only=True)
class RangeAccuracy:
    """
    The reference network's accuracy with one tensor quantized over its three-sigma range.

    The loss, in percentage points, is against all tensors over their actual ranges.
    """

    actual_percent: float
    three_sigma_percent: float
    degradation: float
    standard_error: float


@dataclass(frozen=True, kw_only=True)
class BitWidth:
    """The reference network's accuracy in percent at one width of its integers."""

    bits: int
    percent: float
    power_of_two_percent: float


@dataclass(frozen=True, kw_only=True)
class BiasRow:
    """One class's bias: as trained, as it should be quantized, and as it was."""

    name: str
    value: float
    expected: int
    actual: float | None


@dataclass(frozen=True, kw_only=True)
class BiasFactors:
    """
    What the accumulator of the biased layer is multiplied by, in the network with bias.

    ``accumulated`` is A = ``weight`` x ``entering``, with all quantized; ``weights_only`` the
    product of the weights' multipliers, where nothing else is quantized.
    """

    accumulated: float
    weight: float
    entering: float  # the multiplier of what enters the layer
    weights_only: float
    logit_size: float  # standard deviation of the float network's logits
    substituted: tuple[str, ...] = ()  # tasks whose scales are the reference's


@dataclass(frozen=True, kw_only=True)
class FunctionFacts:
    """
    What one of the student's functions was found to do by the probes; empty where it is unclear.

    ``rule`` is the range that the scale is taken from (``max_abs``, ``three_sigma``, ``min_max``),
    whose edge lands on ``level``; the largest magnitude of the tensors lands from ``least_level``
    to ``most_level``. ``rounding`` is ``nearest``, ``floor`` or ``truncated``; ``requantizing`` is
    ``float``, ``fixed_point`` or ``divisor``. The clamps are where larger values were cut off.
    """

    rule: str = ""
    level: float | None = None
    least_level: float | None = None
    most_level: float | None = None
    powers_of_two: bool = False
    rounding: str = ""
    input_rounding: str = ""
    requantizing: str = ""
    fraction_bits: int | None = None
    clamp_low: float | None = None
    clamp_high: float | None = None


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a report shows of one task beside its points; empty where it has nothing of a field."""

    bias_layer: str = ""
    bias: tuple[BiasRow, ...] = ()
    bias_factors: BiasFactors | None = None
    function: FunctionFacts | None = None


@dataclass(frozen=True, kw_only=True)
class Confusion:
    """Images by true class (rows) and predicted class (columns), before and after quantization."""

    classes: tuple[str, ...]
    before: tuple[tuple[int, ...], ...]
    after: tuple[tuple[int, ...], ...]
