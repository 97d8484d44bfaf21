"""The reference's networks beside the course's: 1998, a linear layer, requantization, QAT."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from grader.results.file.comparisons import Comparisons, RequantizedLayer, Variant
from report_templates.page.blocks import Block, Column, Prose, Row, Table
from report_templates.page.numbers import (
    UNKNOWN,
    decimal,
    integer,
    percent,
    power_of_two,
    scientific,
    shape,
    signed,
)
from report_templates.page.text import line
from report_templates.parts.lab.network import activation_name, type_name
from report_templates.parts.measurements.accuracy import SPREAD, stages_of
from report_templates.source import Source
from report_templates.titles import is_judged
from report_templates.wording import told

FLOAT_ROUNDING = 1e-5  # of the largest logit: what the order of adding float32 numbers changes
FIRST = "float"  # of each group: the course's own network
_Named = tuple[Sequence[str], Variant]  # the words in front of its figures
_OF_1998 = (FIRST, "softmax", "average_pooling", "sigmoid", "all")
_TRAINED = (FIRST, "ptq", "qat", "qat_integers")
_FIGURES = ("correct", "percent", "loss")


def layers_beside_1998(source: Source) -> tuple[Block, ...]:
    """Return the table of layers, each as it is here and as of 1998."""
    t = source.t
    found = _measured(source).of_1998
    forms = {form.name: form for form in found.layers} if found else {}
    layers = [layer for layer in source.extra.layers if layer.name in forms]
    if not layers:
        return _not_measured(source)
    names = ("layer", "input", "output", "type", "activation", "type_1998", "activation_1998")
    rows = tuple(
        Row(
            cells=(
                line(layer.name, 40),
                shape(layer.input_shape),
                shape(layer.output_shape),
                type_name(source, layer.type),
                activation_name(layer.activation),
                type_name(source, forms[layer.name].type),
                activation_name(forms[layer.name].activation),
            )
        )
        for layer in layers
    )
    caption = source.table_caption(t("of_1998.layers"))
    columns = tuple(Column(title=t(f"of_1998.{name}")) for name in names)
    return (Table(caption=caption, columns=columns, rows=rows),)


def compared_with_1998(source: Source) -> tuple[Block, ...]:
    """Return what each difference from 1998 costs by itself, and all of them together."""
    t = source.t
    found = _measured(source).of_1998
    variants = _chosen(found.variants if found else (), _OF_1998)
    if len(variants) < len(_OF_1998):
        return _not_measured(source)
    heads = tuple(t(f"of_1998.{name}") for name in ("changed", "here", "then"))
    rows = [
        (tuple(t(f"of_1998.{one.name}_{name}") for name in ("changed", "here", "then")), one)
        for one in variants
    ]
    table = _variants(source, t("of_1998.caption"), heads, rows)
    return (table, *_bullets(_sentences_on_1998(source, variants)))


def linear_layer(source: Source) -> tuple[Block, ...]:
    """Return whether a convolution may be a linear layer, and what shows it."""
    found = _measured(source).linear
    if found is None:
        return _not_measured(source)
    words = {
        "layer": line(found.layer, 40),
        "inputs": integer(found.inputs),
        "outputs": integer(found.outputs),
        "weights": integer(found.weights),
        "agreeing": integer(found.agreeing),
        "images": integer(found.images),
        "largest": decimal(found.largest_logit, 1),
        "difference": scientific(found.largest_difference, 2),
        "equal": integer(found.equal_integers),
        "integers": integer(found.integers),
    }
    is_sum = found.weights == (found.inputs or 0) * (found.outputs or 0)
    difference, largest = found.largest_difference or 0.0, found.largest_logit or 0.0
    names = (
        *(["why"] if is_sum else []),
        "float",
        *(["order"] if 0.0 < difference <= FLOAT_ROUNDING * largest else []),
        "integers",
    )
    return _bullets(source.t(f"linear.{name}", **words) for name in names)


def floor_or_round(source: Source) -> tuple[Block, ...]:
    """Return what rounding down saves in hardware, and what it costs."""
    t = source.t
    found = _measured(source).requantization
    if found is None or not found.layers:
        return _not_measured(source)
    known = [layer.rounded_up_percent for layer in found.layers]
    shares = [share for share in known if share is not None]
    words = {
        "half": power_of_two((found.fraction_bits or 1) - 1),
        "places": integer(found.fraction_bits),
        "bits": integer(max(layer.product_bits or 0 for layer in found.layers)),
        "least": percent(min(shares, default=None), 1),
        "most": percent(max(shares, default=None), 1),
    }
    names = ("adder", *(["one_less"] if any(shares) else []))
    sentences = (t(f"requantized.{name}", **words) for name in names)
    return (
        *_bullets(sentences),
        _shift_table(source, found.layers),
        _ways(source, "floor_caption", found.variants, (FIRST, "floor", "nearest")),
    )


def whole_divisor(source: Source) -> tuple[Block, ...]:
    """Return how well a whole divisor stands for each layer's multiplier, and what it costs."""
    t = source.t
    found = _measured(source).requantization
    if found is None or not found.layers:
        return _not_measured(source)
    places = found.fraction_bits or 0
    reciprocals = [one for layer in found.layers if (one := _reciprocal(layer)) is not None]
    words = {
        "most": decimal(max(layer.multiplier or 0.0 for layer in found.layers), 4),
        "low": decimal(min(reciprocals, default=None), 2),
        "high": decimal(max(reciprocals, default=None), 2),
        "error": percent(max(map(_divisor_error, found.layers)), 3),
        "fixed_error": percent(max(_fixed_error(layer, places) for layer in found.layers)),
        "levels": integer(found.input_levels),
    }
    vanishes = all((layer.multiplier or 1.0) < 0.5 for layer in found.layers)
    names = (
        *(["vanishes"] if vanishes else []),
        *(["whole"] if reciprocals else []),
        *(["input_divided"] if found.input_levels else []),
    )
    chosen = (FIRST, "floor", "divisor", "divisor_and_input")
    return (
        *_bullets(t(f"requantized.{name}", **words) for name in names),
        _divisor_table(source, found.layers, places),
        _ways(source, "divisor_caption", found.variants, chosen),
    )


def quantized_training(source: Source, stage_id: str) -> tuple[Block, ...]:
    """Return quantization after training, the submission's *stage_id* too, beside QAT."""
    t = source.t
    variants = {one.name: one for one in _chosen(_measured(source).quantized_training, _TRAINED)}
    if len(variants) < len(_TRAINED):
        return _not_measured(source)
    reference = [_named(source, "training", one) for one in variants.values()]
    rows = [reference[0], *_own_rows(source, stage_id), *reference[1:]]
    heads = (t("training.network"), t("compared.whose"))
    words = {name: percent(_percent(one)) for name, one in variants.items()}
    epochs = {f"{name}_epochs": integer(one.epochs) for name, one in variants.items()}
    images = integer(variants["qat"].training_images)
    sentences = [t("training.reached", **words, **epochs, images=images)]
    sentences += [
        f"{t(f'training.{name}')}{t('training.colon')}{_verdict(source, variants[name])}"
        for name in ("ptq", "qat_integers")
        if variants[name].degradation is not None
    ]
    return (_variants(source, t("training.caption"), heads, rows), *_bullets(sentences))


def _measured(source: Source) -> Comparisons:
    return source.extra.comparisons or Comparisons()


def _not_measured(source: Source) -> tuple[Block, ...]:
    return (Prose(paragraphs=(source.t("compared.not_measured"),)),)


def _bullets(sentences: Iterator[str] | Sequence[str]) -> tuple[Block, ...]:
    return (Prose(paragraphs=tuple(sentences), style="bullets"),)


def _percent(one: Variant) -> float | None:
    if one.correct is None or not one.images:
        return None
    return 100.0 * one.correct / one.images


def _chosen(variants: Sequence[Variant], names: Sequence[str]) -> tuple[Variant, ...]:
    """Return the networks of those *names*, in their order; others are of another version."""
    found = {one.name: one for one in variants}
    return tuple(found[name] for name in names if name in found)


def _named(source: Source, group: str, one: Variant) -> _Named:
    """Return a network under what it is called in *group*, and whose it is."""
    return ((source.t(f"{group}.{one.name}"), _whose(source, one.name)), one)


def _whose(source: Source, name: str) -> str:
    return source.t("compared.course" if name == FIRST else "compared.reference")


def _variants(
    source: Source,
    caption: str,
    heads: Sequence[str],
    rows: Sequence[_Named],
) -> Table:
    """Return a table of networks, each with the words for the columns *heads* and its figures."""
    t = source.t
    figures = (*(t(f"accuracy.{name}") for name in _FIGURES), "±")
    return Table(
        caption=source.table_caption(caption),
        columns=(
            *(Column(title=head) for head in heads),
            *(Column(title=title, align="number") for title in figures),
        ),
        rows=tuple(Row(cells=(*words, *_figures(one))) for words, one in rows),
    )


def _figures(one: Variant) -> tuple[str, ...]:
    error = one.standard_error
    return (
        f"{integer(one.correct)} / {integer(one.images)}",
        percent(_percent(one)),
        signed(one.degradation),
        UNKNOWN if error is None else decimal(error, 2),
    )


def _ways(
    source: Source, caption: str, variants: Sequence[Variant], chosen: Sequence[str]
) -> Table:
    """Return the table of the *chosen* ways of requantizing."""
    t = source.t
    rows = [_named(source, "requantized", one) for one in _chosen(variants, chosen)]
    heads = (t("requantized.way"), t("compared.whose"))
    return _variants(source, t(f"requantized.{caption}"), heads, rows)


def _shift_table(source: Source, layers: Sequence[RequantizedLayer]) -> Table:
    """Return each layer's multiplier in whole numbers, and what it meets."""
    rows = [
        (integer(one.fixed), integer(one.largest_sum), integer(one.product_bits),
         percent(one.rounded_up_percent, 1))
        for one in layers
    ]  # fmt: skip
    return _layer_table(source, "floor_layers", ("fixed", "sum", "bits", "share"), layers, rows)


def _divisor_table(source: Source, layers: Sequence[RequantizedLayer], places: int) -> Table:
    """Return each layer's whole divisor, and how far it and the multiplier are off."""
    names = ("multiplier", "reciprocal", "whole_divisor", "divisor_error", "fixed", "fixed_error")
    rows = [
        (decimal(one.multiplier, 7), decimal(_reciprocal(one), 2), integer(one.divisor),
         percent(_divisor_error(one), 3), integer(one.fixed), percent(_fixed_error(one, places)))
        for one in layers
    ]  # fmt: skip
    return _layer_table(source, "divisor_layers", names, layers, rows)


def _layer_table(
    source: Source,
    caption: str,
    names: Sequence[str],
    layers: Sequence[RequantizedLayer],
    rows: Sequence[Sequence[str]],
) -> Table:
    t = source.t
    return Table(
        caption=source.table_caption(t(f"requantized.{caption}")),
        columns=(
            Column(title=t("requantized.layer")),
            *(Column(title=t(f"requantized.{name}"), align="number") for name in names),
        ),
        rows=tuple(
            Row(cells=(line(one.layer, 40), *cells))
            for one, cells in zip(layers, rows, strict=True)
        ),
    )


def _reciprocal(layer: RequantizedLayer) -> float | None:
    return 1.0 / layer.multiplier if layer.multiplier else None


def _divisor_error(layer: RequantizedLayer) -> float:
    """Return how far ``1 / d`` is from M, in percent of M."""
    if not layer.divisor or not layer.multiplier:
        return 0.0
    return 100.0 * abs(1.0 / (layer.divisor * layer.multiplier) - 1.0)


def _fixed_error(layer: RequantizedLayer, places: int) -> float:
    """Return how far ``m / 2^places`` is from M, in percent of M."""
    if layer.fixed is None or not layer.multiplier:
        return 0.0
    return 100.0 * abs(layer.fixed / (2.0**places * layer.multiplier) - 1.0)


def _sentences_on_1998(source: Source, variants: Sequence[Variant]) -> Iterator[str]:
    """Yield what each difference does, and what it costs."""
    t = source.t
    for one in variants[1:]:
        words = {"agreeing": integer(one.agreeing), "images": integer(one.images)}
        why = t(f"of_1998.{one.name}_why", **words)
        has_own = one.epochs is not None and one.degradation is not None
        yield f"{why}{t('gap')}{_verdict(source, one)}" if has_own else why
    first = variants[0]
    if {(one.epochs, one.training_images) for one in variants if one.epochs is not None} != {
        (first.epochs, first.training_images)
    }:
        return
    words = {"epochs": integer(first.epochs), "images": integer(first.training_images)}
    yield t("of_1998.recipe", **words)


def _verdict(source: Source, one: Variant) -> str:
    """Return what a network loses against the first of its group, and whether by chance."""
    t = source.t
    loss, error = one.degradation or 0.0, one.standard_error or 0.0
    reached = percent(_percent(one))
    if not loss:
        return t("compared.same", reached=reached)
    key = "compared.less" if loss > 0 else "compared.more"
    words = t(key, reached=reached, points=decimal(abs(loss), 2))
    chance = "within" if abs(loss) <= SPREAD * error else "beyond"
    spread = t(f"discussion.{chance}", spread=decimal(SPREAD * error, 2))
    return words + t("discussion.between") + spread


def _own_rows(source: Source, stage_id: str) -> list[_Named]:
    """Return what the ladder measured of the submission's own quantization after training."""
    t = source.t
    rows: list[_Named] = []
    for stage in stages_of(source):
        if stage.stage not in {stage_id, f"{stage_id}_judged"}:
            continue
        judged = is_judged(stage.stage)
        own = t("accuracy.student" if stage.source == "student" else "compared.reference")
        note = told(source, stage.note, stage.note_message, 120) if judged else ""
        whose = f"{own}{t('discussion.between')}{note}" if note else own
        shown = Variant(
            correct=stage.correct,
            images=stage.images,
            degradation=stage.degradation,
            standard_error=stage.standard_error,
        )
        rows.append(((t("training.ptq_judged" if judged else "training.ptq_own"), whose), shown))
    return rows
