"""What the functions that return an array's scale answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from grader.border.answers import ScaleAnswer
from grader.border.conventions import is_power_of_two
from grader.border.probes import RESCALE, Factor, Probe
from grader.editions.schema import ScaleForm
from grader.tasks.run import ReturnedScale

# So many different numbers with at most so many decimal places are no chance, where float32 would
# show more: those below the largest.
FEWEST_NUMBERS = 5
MOST_PLACES = 6
LARGEST_ROUNDED = 2e4
FLOAT32_TOLERANCE = 1e-6
# Of fixed-point numbers, too; float32 has 24 binary places, of which so many may be taken.
BINARY_PLACES = range(8, 25)
LARGEST_FIXED = 2**18
MOST_SLACK = 0.5  # a factor that is left out changes a probe by more


@dataclass(frozen=True, kw_only=True)
class FactorAnswer:
    """How the step of a layer's output answered to one factor: expected and actual growth."""

    factor: Factor
    expected: float
    actual: float


@dataclass(frozen=True, kw_only=True)
class ScaleAnswers:
    """The answers on the network's own arrays, on the probes, and to each factor."""

    own: Mapping[str, ScaleAnswer]
    probes: Mapping[Probe, ScaleAnswer]
    factor_calls: Sequence[ScaleAnswer] = ()
    factors: Mapping[Factor, FactorAnswer] = field(default_factory=dict)

    @property
    def all(self) -> tuple[ScaleAnswer, ...]:
        """Return every answer, the network's own arrays first."""
        return (*self.own.values(), *self.probes.values(), *self.factor_calls)

    @property
    def form(self) -> ScaleForm:
        """Return which way up the edition writes these scales."""
        return next(iter(self.own.values())).form

    @property
    def is_cumulative(self) -> bool:
        """Return whether each scale that is handed on already holds all that came before it."""
        return any(a.scales is not None and a.scales.cumulative for a in self.all)

    @cached_property
    def places(self) -> int | None:
        """Return to how many decimal places every returned number was rounded, None where not."""
        exact = (k for k in range(MOST_PLACES + 1) if all(_has_places(n, k) for n in self._many))
        return next(exact, None) if self._many else None

    @cached_property
    def unit(self) -> float | None:
        """Return of what every returned number is a whole multiple: 0.001, 2^-16, None of none."""
        if self.places is not None or not self._many:
            return None if self.places is None else 10.0**-self.places
        exact = (k for k in BINARY_PLACES if all(_is_fixed_point(n, k) for n in self._many))
        return next((2.0**-k for k in exact), None)

    @cached_property
    def _many(self) -> frozenset[float]:
        """Return the numbers, none where they are too few or too plain to tell a rounding."""
        numbers = frozenset(a.number for a in self.all if a.usable and a.number is not None)
        plain = len(numbers) < FEWEST_NUMBERS or all(map(is_power_of_two, numbers))
        return frozenset() if plain else numbers

    def rounding(self, *answers: ScaleAnswer) -> float:
        """Return what rounding to that unit may do to the quotients of some numbers."""
        off = sum((self.unit or 0.0) / a.number for a in answers if a.number)
        return min(off, MOST_SLACK)

    def rescaling(self) -> dict[float, float]:
        """Return the expected and the actual growth of the step when the values grow."""
        return self._growth(lambda answer: answer.step)

    def output_rescaling(self) -> dict[float, float]:
        """Return the same of the output's step that is returned beside."""
        return self._growth(lambda answer: answer.output_step)

    def _growth(self, step_of: Callable[[ScaleAnswer], float]) -> dict[float, float]:
        base = step_of(self.probes[Probe.SKEWED])
        return {
            RESCALE: step_of(self.probes[Probe.RESCALED]) / base,
            RESCALE**-2: step_of(self.probes[Probe.SHRUNK]) / base,
        }


def _is_fixed_point(number: float, places: int) -> bool:
    return number * 2.0**places < LARGEST_FIXED and (number * 2.0**places).is_integer()


def _has_places(number: float, places: int) -> bool:
    scaled = number * 10.0**places
    return scaled < LARGEST_ROUNDED and abs(scaled - round(scaled)) <= FLOAT32_TOLERANCE * max(
        1.0, scaled
    )


def _first(seen: ScaleAnswers) -> tuple[str, ScaleAnswer]:
    return next(iter(seen.own.items()))


def _first_step(seen: ScaleAnswers) -> tuple[str, float]:
    place, first = _first(seen)
    return place, first.step


def _first_output_step(seen: ScaleAnswers) -> tuple[str, float]:
    place, first = _first(seen)
    return place, first.output_step


OWN_SCALE = ReturnedScale(growth=ScaleAnswers.rescaling, first=_first_step)
HANDED_ON = ReturnedScale(growth=ScaleAnswers.output_rescaling, first=_first_output_step)
