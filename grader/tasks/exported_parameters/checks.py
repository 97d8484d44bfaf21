"""Claims about ``parameter.zip``: it is whole, and its numbers follow from each other exactly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import chain

import numpy as np

from grader.model import CheckResult
from grader.tasks.check import Check, Step, Verdict, check, pending, right, run_steps, wrong
from grader.tasks.exported_parameters import arithmetic, comparison
from grader.tasks.exported_parameters.comparison import Compared, Numbers, Spot, first_where
from grader.tasks.exported_parameters.layout import Layer, Layout
from grader.tasks.exported_parameters.members import UNREAD
from grader.tasks.exported_parameters.seen import Exported
from grader.words.message import Message, say

_HALF = 0.5 + 1e-4  # how far an integer may lie from the product that was rounded to it
_DUPLICATES, _IGNORED, _FOLDER = (
    "parameters-duplicates",
    "parameters-members-ignored",
    "parameters-in-a-folder",
)


@check("parameters.opens")
def opens(seen: Exported) -> Verdict:
    """The archive of parameters was handed in and can be opened."""
    if seen.unread is not None:
        return pending(seen.unread)
    if not seen.file:
        return wrong(say("parameters", "none"))
    return right() if seen.problem is None else wrong(seen.problem, where=seen.file)


@check("parameters.members")
def is_complete(seen: Exported) -> Verdict:
    """Every file that the sheet lists is in the archive and can be read."""
    theirs = {path: why for path, why in seen.unreadable.items() if why.code != UNREAD.code}
    for path, problem in theirs.items():
        return wrong(_in_file(path, problem), where=path)
    if seen.missing:
        return wrong(_missing(seen), where=seen.missing[0])
    for path in seen.unreadable:
        return pending(_in_file(path, UNREAD))
    found = {_DUPLICATES: seen.copies, _IGNORED: seen.ignored, _FOLDER: seen.root}
    return right(*(remark for remark, there in found.items() if there))


@check("parameters.shapes")
def files_fit_layers(seen: Exported) -> Verdict:
    """Every file holds as many numbers as its layer has."""
    for path, count in seen.miscounted.items():
        return wrong(
            say("parameters", "miscounted", file=path, actual=count.actual),
            expected=count.expected,
            actual=count.actual,
            where=path,
        )
    return right()


@check("parameters.numbers")
def entries_are_numbers(seen: Exported) -> Verdict:
    """Every entry of every file is a finite number."""
    for path, problem in seen.no_numbers.items():
        return wrong(_in_file(path, problem), where=path)
    return right()


@check("parameters.weights")
def weights_fit(seen: Exported) -> Verdict:
    """The weights of every layer are integers of 8 bits."""
    layout = seen.layout
    every = [comparison.weights(seen, layer) for layer in layout.weighted]
    return _are_integers(every, layout.quant_min, layout.quant_max)


@check("parameters.bias")
def bias_fits(seen: Exported) -> Verdict:
    """The bias is made of integers of 32 bits."""
    edge = 1 << (seen.layout.bias_bits - 1)
    every = [comparison.bias(seen, layer) for layer in seen.layout.biased]
    return _are_integers(every, -edge, edge - 1)


@check("parameters.scales")
def scales_are_integers(seen: Exported) -> Verdict:
    """The scales of the images and of every layer with weights are positive integers."""
    for name, value in seen.scales.items():
        if value <= 0 or value != round(value):
            file = seen.layout.scales_file
            reason = say("parameters", "scale-not-whole", file=file, name=name, value=value)
            return wrong(reason, actual=value, where=name)
    return right()


@check("parameters.images")
def images_differ(seen: Exported) -> Verdict:
    """No two of the images are the same."""
    first: dict[bytes, int] = {}
    for image, row in zip(seen.images, seen.pixels, strict=True):
        other = first.setdefault(row.tobytes(), image)
        if other != image:
            count = len(np.unique(seen.pixels, axis=0))
            return wrong(say("parameters", "same-image", one=other, other=image, count=count))
    return right()


@check("parameters.input")
def input_is_quantized(seen: Exported) -> Verdict:
    """What enters the first layer is the image times its scale, rounded and clamped."""
    layout, found = seen.layout, comparison.entering(seen, seen.layout.layers[0])
    scaled = seen.pixels * seen.scales[layout.input_scale]
    fitting = np.clip(scaled, layout.quant_min, layout.quant_max)
    off = (np.abs(found.values - fitting) > _HALF) | (found.values != np.rint(found.values))
    spot = first_where([(found, off)])
    return (
        right() if spot is None else _differs(spot, float(np.rint(fitting[spot.row, spot.index])))
    )


@check("parameters.inputs")
def inputs_fit(seen: Exported) -> Verdict:
    """What enters every layer, and what the network returns, is made of integers of 8 bits."""
    layout = seen.layout
    every = [comparison.entering(seen, layer) for layer in layout.layers]
    return _are_integers([*every, comparison.result(seen)], layout.quant_min, layout.quant_max)


@check("parameters.sums")
def sums_are_exact(seen: Exported) -> Verdict:
    """What leaves a layer with weights is the exact sum of its inputs times its weights."""
    return _agree(
        Compared(numbers=comparison.leaving(seen, layer), expected=seen.exact(layer))
        for layer in seen.layout.weighted
    )


@check("parameters.requantized")
def sums_are_requantized(seen: Exported) -> Verdict:
    """What enters the next layer is the sum times its scale, shifted by 16 places and clamped."""
    return _agree(requantization(seen, layer) for layer in seen.layout.weighted[:-1])


@check("parameters.pooling")
def largest_are_pooled(seen: Exported) -> Verdict:
    """What leaves a pooling layer, and enters the next one, is the largest of each window."""
    return _agree(chain.from_iterable(poolings(seen, layer) for layer in _pools(seen)))


@check("parameters.output")
def output_is_requantized(seen: Exported) -> Verdict:
    """The network's output is the last sum times its scale, shifted by 16 places and clamped."""
    return _agree([requantization(seen, seen.layout.weighted[-1])])


@check("parameters.varies")
def output_varies(seen: Exported) -> Verdict:
    """The network's output depends on the image."""
    row = seen.result[0]
    if len(seen.result) > 1 and bool(np.all(seen.result == row)):
        return wrong(say("parameters", "same-output", count=len(seen.result)))
    return right()


CHECKS: tuple[Check[...], ...] = (
    opens,
    is_complete,
    files_fit_layers,
    entries_are_numbers,
    weights_fit,
    bias_fits,
    scales_are_integers,
    images_differ,
    input_is_quantized,
    inputs_fit,
    sums_are_exact,
    sums_are_requantized,
    largest_are_pooled,
    output_is_requantized,
    output_varies,
)


def requantization(seen: Exported, layer: Layer) -> Compared:
    """
    Return what a layer's sums became beside what they should have.

    One mistake costs once: the sums as they stand in the file count, or the exact ones where
    those agree with what followed.
    """
    found = comparison.following(seen, layer)
    every = [
        Compared(
            numbers=found,
            expected=arithmetic.requantized(sums, seen.multiplier(layer), layer, seen.layout),
        )
        for sums in seen.sums(layer)
    ]
    return next((compared for compared in every if compared.agrees), every[0])


def poolings(seen: Exported, layer: Layer) -> Iterator[Compared]:
    """Yield what leaves a pooling layer and what enters the next beside the windows' largest."""
    expected = arithmetic.pooled(layer, seen.entering(layer))
    for found in (comparison.leaving(seen, layer), comparison.following(seen, layer)):
        yield Compared(numbers=found, expected=expected)


@dataclass(frozen=True, kw_only=True)
class _Needed:
    """What a check needs: files, recordings, and other checks by their ids."""

    files: tuple[str, ...] = ()
    recordings: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    any_file: bool = False

    def judged(self, seen: Exported) -> Exported:
        """Return the archive with those images alone whose recordings can be judged."""
        return seen.of_whole_images(self.recordings)

    def ids(self, seen: Exported) -> tuple[str, ...]:
        """Return the checks without which there is nothing to judge."""
        judged = self.judged(seen).images
        lacks = seen.lacks(*self.files) or 2 * len(judged) < seen.layout.images
        about_files = (is_complete.id, files_fit_layers.id, entries_are_numbers.id)
        if self.any_file and seen.has_no_file:
            return opens.id, is_complete.id
        return (opens.id, *(about_files if lacks else ()), *self.checks)


def judge(seen: Exported, *, absent_waits: bool = False) -> tuple[CheckResult, ...]:
    """
    Return the results of the family, in order.

    A check whose own files gave no numbers is skipped for that, the others are judged. Images of
    which a file is missing are left out, unless most are. Where no archive was handed in,
    everything fails or, with *absent_waits*, waits for staff.
    """
    needed = _needed(seen.layout)
    steps = [
        Step(
            check=one,
            run=partial(one, needs.judged(seen)),
            needs=needs.ids(seen),
        )
        for one in CHECKS[1:]
        for needs in (needed.get(one.id, _Needed()),)
    ]
    first = opens(seen)
    if absent_waits and not seen.file:
        first = opens.result(pending(say("parameters", "none")))
    return (first, *run_steps(steps, {opens.id: first}))


def _needed(layout: Layout) -> Mapping[str, _Needed]:
    """Return what each check needs, by its id; one that is left out needs an archive alone."""
    scales, last = (layout.scales_file,), layout.weighted[-1]
    found = {
        files_fit_layers: _Needed(any_file=True),
        entries_are_numbers: _Needed(any_file=True),
        weights_fit: _Needed(files=tuple(layer.weights_file for layer in layout.weighted)),
        bias_fits: _Needed(files=tuple(layer.bias_file for layer in layout.biased)),
        scales_are_integers: _Needed(files=scales),
        images_differ: _Needed(recordings=("input.csv",)),
        input_is_quantized: _Needed(
            files=scales,
            recordings=("input.csv", layout.inputs[0]),
            checks=(scales_are_integers.id,),
        ),
        inputs_fit: _Needed(recordings=(*layout.inputs, "output.csv")),
        sums_are_exact: _Needed(
            files=(*layout.parameter_files,),
            recordings=(*layout.inputs, *layout.sums),
            checks=(weights_fit.id, bias_fits.id, inputs_fit.id),
        ),
        sums_are_requantized: _Needed(
            files=scales,
            recordings=(*layout.inputs, *layout.sums),
            checks=(scales_are_integers.id,),
        ),
        largest_are_pooled: _Needed(
            recordings=(*layout.inputs, *layout.outputs), checks=(inputs_fit.id,)
        ),
        output_is_requantized: _Needed(
            files=scales,
            recordings=("output.csv", f"{last.block}/output.csv"),
            checks=(scales_are_integers.id,),
        ),
        output_varies: _Needed(
            recordings=("output.csv",), checks=(images_differ.id, input_is_quantized.id)
        ),
    }
    return {one.id: needed for one, needed in found.items()}


def _pools(seen: Exported) -> list[Layer]:
    return [layer for layer in seen.layout.layers if not layer.spec.has_weights]


def _missing(seen: Exported) -> Message:
    """Return which files are missing, with the first member that was ignored and may be one."""
    count, first = len(seen.missing), seen.missing[0]
    if seen.other_edition:
        return say("parameters", "of-another", other=seen.other_edition, file=first, count=count)
    code = "nothing-inside" if count == len(seen.layout.files) else "missing"
    if not seen.ignored:
        return say("parameters", code, file=first, count=count)
    return say("parameters", f"{code}-ignored", file=first, count=count, ignored=seen.ignored[0])


def _in_file(path: str, problem: Message) -> Message:
    return say("parameters", "in-file", file=path, problem=problem)


def _are_integers(every: Iterable[Numbers], low: int, high: int) -> Verdict:
    """Judge whether numbers are whole and lie between two edges."""
    held = [*every]
    spot = first_where((one, np.asarray(one.values != np.rint(one.values))) for one in held)
    if spot is not None:
        return _wrong_at(spot, "not-whole", expected=say("parameters", "whole"))
    spot = first_where((one, (one.values < low) | (one.values > high)) for one in held)
    if spot is not None:
        return _wrong_at(
            spot, "too-far", expected=say("parameters", "between", low=low, high=high)
        )
    return right()


def _agree(every: Iterable[Compared]) -> Verdict:
    """Judge whether recorded numbers are the right ones; the first of the first image is named."""
    held = [*every]
    spot = first_where((one.numbers, one.mask) for one in held)
    if spot is None:
        return right()
    mine = next(one for one in held if one.numbers is spot.numbers)
    return _differs(spot, int(mine.expected[spot.row, spot.index]))


def _differs(spot: Spot, expected: float) -> Verdict:
    return _wrong_at(spot, "differs", expected=expected)


def _wrong_at(spot: Spot, code: str, *, expected: float | Message) -> Verdict:
    reason = say(
        "parameters",
        code,
        file=spot.file,
        entry=spot.entry,
        element=spot.element,
        actual=spot.actual,
        expected=expected,
        wrong=spot.wrong,
        total=spot.total,
    )
    return wrong(reason, expected=expected, actual=spot.actual, where=spot.file)
