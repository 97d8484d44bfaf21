"""
The lab's figures: functions that take tensors or numbers and return a matplotlib ``Figure``.

They work in a notebook, too: ``tensor_histogram(net.conv1.weight)`` as the last line of a cell
shows it, ``.savefig("conv1.svg")`` writes it. Sizes are in pt; words are 8 pt, in the typefaces
of the report, Chinese among them. matplotlib is imported when the first figure is drawn.
"""

from reference.figures.accuracies import (
    Curve,
    Rung,
    accuracy_ladder,
    bit_width_curves,
    confusion_matrix,
    landing_levels,
    training_curves,
)
from reference.figures.counts import count_bars, scatter
from reference.figures.distributions import (
    Bins,
    RangeWords,
    binned_histogram,
    integer_histogram,
    quantized_histogram,
    tensor_histogram,
)
from reference.figures.style import figure_svg, lab_style

__all__ = [
    "Bins",
    "Curve",
    "RangeWords",
    "Rung",
    "accuracy_ladder",
    "binned_histogram",
    "bit_width_curves",
    "confusion_matrix",
    "count_bars",
    "figure_svg",
    "integer_histogram",
    "lab_style",
    "landing_levels",
    "quantized_histogram",
    "scatter",
    "tensor_histogram",
    "training_curves",
]
