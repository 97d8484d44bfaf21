"""Where a quantized pass was watched: what was seen at each place, and what it is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np

from grader.baseline.chain import Chain
from grader.baseline.quantized import QuantizedNumbers
from grader.baseline.replay import OUTPUT, real_values
from grader.border.conventions import Floats, from_step
from grader.editions.schema import ScaleForm
from grader.tasks.integer_pass.seen import ForwardAnswers
from grader.tasks.integer_pass.ways import NEAREST, Way, image_ways, layer_ways
from grader.words.message import Message, say
from reference.spec import NetworkSpec

# Rounding half to even and half up differ by one in a few values, beside float32's last bits.
TIE, TIED_SHARE = 1.001, 0.005
TOLERANCE, RELATIVE_TOLERANCE = 1e-3, 1e-6
FEW = 4096  # values that are looked at before all of a place's are


@dataclass(frozen=True, kw_only=True)
class Place:
    """One place in the pass: what was seen there, and what it is made of."""

    name: str
    layer: str  # whose output it is, "" for the images
    seen: Floats
    sums: Floats  # the exact sums after activation and pooling; the pixels at the first place
    multiplier: float
    others: Mapping[str, float]  # the network's other scales, by what they are
    find_bare: Callable[[], Floats]
    form: ScaleForm = ScaleForm.STEP  # in which the edition writes the scale
    fraction_bits: int | None = None  # of an edition whose multipliers are fixed-point numbers
    ways: tuple[Way, ...] = (NEAREST,)  # in which the values may become integers
    way: Way = NEAREST  # the one that is looked at

    def written(self, multiplier: float) -> float:
        """Return a multiplier the way the edition writes it."""
        return from_step(1.0 / multiplier, self.form)

    @cached_property
    def bare(self) -> Floats:
        """Return the sums with the ReLU left out, or put in where there should be none."""
        return self.find_bare()

    @property
    def in_every_way(self) -> Iterator[Place]:
        """Yield the place for each way in which its values may become integers."""
        return (replace(self, way=way) for way in self.ways)

    @property
    def few(self) -> Place:
        """Return the place with a few of its values, which tell nearly all others apart."""
        stride = slice(None, None, max(self.seen.size // FEW, 1))
        seen, sums = self.seen[stride], self.sums[stride]
        return replace(self, seen=seen, sums=sums, find_bare=lambda: self.bare[stride])

    @property
    def real(self) -> Floats:
        """Return what is rounded."""
        return self.way.real(self.sums, self.multiplier)

    def whole(self, values: Floats, multiplier: float | None = None) -> Floats:
        """Return values as whole numbers, by the place's own multiplier where none is given."""
        used = self.multiplier if multiplier is None else multiplier
        return self.way.whole(self.way.real(values, used))

    @property
    def right(self) -> Floats:
        """Return the right integers, in the way that the sheet gives."""
        first = replace(self, way=self.ways[0])
        return clipped(first.whole(self.sums))

    @property
    def is_last(self) -> bool:
        """Return whether this is the last layer's output."""
        return self.name == OUTPUT

    @cached_property
    def is_wrong(self) -> bool:
        """Return whether anything else than the right integers was seen."""
        whole = bool(np.all(self.seen == np.rint(self.seen)))
        inside = bool(np.all((self.seen >= -128) & (self.seen <= 127)))
        return not (whole and inside and any(map(_is_right, self.in_every_way)))


def _is_right(place: Place) -> bool:
    return alike(place.seen, clipped(place.whole(place.sums)))


def clipped(values: Floats) -> Floats:
    """Return values clamped to 8 bits."""
    return np.clip(values, -128, 127)


def find_places(answers: ForwardAnswers, chain: Chain, spec: NetworkSpec) -> list[Place]:
    """Return every place of which both sides were seen, with the numbers the replay stands on."""
    numbers, reals, seen = answers.numbers, answers.replay.reals, answers.seen_at
    bits = answers.replay.fraction_bits
    if numbers is None:
        return []
    places = []
    for name, layer in zip((*answers.layers, OUTPUT), ("", *answers.layers), strict=True):
        if name in reals and name in seen and seen[name].size == reals[name].size:
            multiplier = numbers.multipliers[layer] if layer else numbers.input_multiplier
            places.append(
                Place(
                    name=name,
                    layer=layer,
                    seen=seen[name].reshape(-1).astype(np.float64),
                    sums=reals[name].reshape(-1) / multiplier,
                    multiplier=multiplier,
                    others=_other_scales(chain, layer),
                    find_bare=partial(_bare_sums, answers, numbers, spec, layer),
                    form=answers.forms.layers if layer else answers.forms.images,
                    fraction_bits=bits,
                    ways=layer_ways(bits) if layer else image_ways(bits),
                )
            )
    return places


def _bare_sums(
    answers: ForwardAnswers, numbers: QuantizedNumbers, spec: NetworkSpec, layer: str
) -> Floats:
    """Return the sums behind a *layer* with its ReLU left out; of "", the pixels."""
    pixels = answers.replay.reals[answers.layers[0]] / numbers.input_multiplier
    if not layer:
        return pixels.reshape(-1)
    entering = {layer: answers.trace.entering[layer]}
    reals = real_values(_without_relu(spec), numbers, pixels, entering)
    (behind,) = (reals[name] for name in reals if name != answers.layers[0])
    return behind.reshape(-1) / numbers.multipliers[layer]


def _other_scales(chain: Chain, layer: str) -> dict[str, float]:
    """Return every scale of the network but that of *layer*, by its name in the template."""
    numbers = chain.numbers
    others = {f"{n}.output_scale": m for n, m in numbers.multipliers.items() if n != layer}
    others |= {f"{n}.weight.scale": 1.0 / w.step for n, w in chain.weights.items()}
    return others | ({"input_scale": numbers.input_multiplier} if layer else {})


def _without_relu(spec: NetworkSpec) -> NetworkSpec:
    layers = tuple(replace(x, relu=not x.relu) if x.weights else x for x in spec.layers)
    return replace(spec, layers=layers)


def spoken(places: Sequence[Place]) -> Message:
    """Return the places as one: the inputs of some layers, and the last one's output."""
    names = [p.name for p in places if not p.is_last]
    ends = len(names) < len(places)
    if not names:
        return say("where", "last-output")
    if len(names) == 1:
        return say("where", "input-and-output" if ends else "layer-input", layer=names[0])
    return say("where", "inputs-and-output" if ends else "layer-inputs", names=", ".join(names))


def added_up(place: Place) -> Message:
    """Return what is scaled at a place: a layer's sum, or a pixel."""
    return say("where", "sum-of", layer=place.layer) if place.layer else say("where", "pixel")


def alike(seen: Floats, predicted: Floats) -> bool:
    """Return whether integers agree but for a rounding tie here and there."""
    error = np.abs(np.maximum(seen, -127) - np.maximum(predicted, -127))
    if bool(np.all(seen >= -128)) is False or bool(np.all(predicted >= -128)) is False:
        error = np.abs(seen - predicted)
    slack = RELATIVE_TOLERANCE * np.abs(predicted)
    off = float(np.mean(error > TOLERANCE + slack))
    return off <= TIED_SHARE and bool(np.all(error <= TIE + slack))
