"""Sentences about the ranges and the accuracy, each made from measured facts and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from grader.results.file.measurements import Candidate, Candidates, Range, Stage
from report_templates.page.blocks import Block, Column, Prose, Row, Table
from report_templates.page.numbers import decimal, percent, scientific
from report_templates.page.text import line
from report_templates.parts.measurements.accuracy import SPREAD, stages_of
from report_templates.parts.measurements.ranges import ranges_of
from report_templates.source import Source

UNEQUAL = 1.1  # times as wide: below that one scale for both costs hardly anything
SEEN = 0.005  # percentage points: a smaller loss is printed as none
# The columns of the candidates, and how each is printed.
_MEASURED: Mapping[str, Callable[[Candidate], str]] = {
    "mse": lambda one: scientific(one.mse),
    "sqnr": lambda one: decimal(one.sqnr_db, 1),
    "clipped": lambda one: percent(one.clipped_percent, 2),
}


def weight_discussion(source: Source) -> tuple[Block, ...]:
    """Return what the weights' ranges have in common and where they differ."""
    return _prose(_range_sentences(source, "weights"))


def activation_discussion(source: Source) -> tuple[Block, ...]:
    """Return what the activations' ranges have in common, and what ReLU does to them."""
    sentences = (*_range_sentences(source, "activations"), *_wasted_sentences(source))
    return _prose(sentences)


def accuracy_discussion(source: Source) -> tuple[Block, ...]:
    """Return one sentence on each stage's loss, and whether chance alone explains it."""
    said = [sentence for stage in stages_of(source) if (sentence := loss_sentence(source, stage))]
    return _by_student(source, said)


def accuracy_of(source: Source, stage_id: str) -> tuple[Block, ...]:
    """Return the sentence on one stage, or that it was not measured."""
    names = (stage_id, f"{stage_id}_judged")
    found = [stage for stage in stages_of(source) if stage.stage in names]
    sentences = [sentence for stage in found if (sentence := loss_sentence(source, stage))]
    return _by_student(source, sentences or [_not_measured(source)])


def range_candidates(source: Source, kind: str) -> tuple[Block, ...]:
    """Return the measured error of each candidate range, and which one the data favour."""
    t = source.t
    measured = [one for one in source.extra.candidates if one.kind == kind]
    names = tuple(
        dict.fromkeys(candidate.range for one in measured for candidate in one.candidates)
    )
    if not names:
        return ()
    columns = (
        Column(title=t("candidates.tensor")),
        *(
            Column(title=t(f"candidates.{field}", range=t.name("ranges", name)), align="number")
            for field in _MEASURED
            for name in names
        ),
        Column(title=t("candidates.favoured")),
    )
    rows = tuple(_candidate_row(source, one, names) for one in measured)
    caption = source.table_caption(t(f"candidates.{kind}"))
    return (Table(caption=caption, columns=columns, rows=rows),)


def summary(source: Source) -> tuple[Block, ...]:
    """Return what the whole run comes to, in a few sentences; what failed is named as such."""
    t = source.t
    stages = {stage.stage: stage for stage in source.extra.accuracy_stages}
    sentences = [*_chain_summary(source, stages), *_bias_summary(source, stages)]
    weights = sum(layer.weights or 0 for layer in source.extra.layers)
    if weights and not source.borrowed("weights"):
        words = {"before": decimal(weights * 4 / 1000, 1), "after": decimal(weights / 1000, 1)}
        sentences.append(t("summary.memory", **words))
    failed = _failed_tasks(source)
    if failed:
        names = (t("quoted", words=source.task_title(task)) for task in failed)
        sentences.append(t("summary.failed", tasks=t("joiner").join(names)))
    return _prose(sentences or (_not_measured(source),))


def _not_measured(source: Source) -> str:
    """Return that there is no accuracy, and why, where an answer of the submission is missing."""
    why = "not_measured" if _failed_tasks(source) else "not_measured_here"
    return source.t(f"discussion.{why}")


def _chain_summary(source: Source, stages: Mapping[str, Stage]) -> Iterator[str]:
    first, last = stages.get("float"), _reached(stages, "activations")
    if first and last:
        words = {"before": percent(first.percent), "after": percent(last.percent)}
        yield by_whom(source, last, source.t("summary.chain", **words))


def _bias_summary(source: Source, stages: Mapping[str, Stage]) -> Iterator[str]:
    with_bias, left = stages.get("bias_float"), stages.get("bias_unquantized")
    done = _reached(stages, "bias")
    if with_bias and left and done:
        words = {
            "before": percent(with_bias.percent),
            "left": percent(left.percent),
            "after": percent(done.percent),
        }
        yield by_whom(source, done, source.t("summary.bias", **words))


def _failed_tasks(source: Source) -> list[str]:
    """Return the tasks in which anything was wrong, or gave no answer, by their order."""
    failed = (
        test.extra_data.task
        for test in source.results.tests
        if test.extra_data.outcome in {"failed", "errored"} and not test.by_hand
    )
    return [*dict.fromkeys(failed)]


def _reached(stages: Mapping[str, Stage], stage: str) -> Stage | None:
    """Return the student's own stage, or the judged one where their own could not be run."""
    return stages.get(stage) or stages.get(f"{stage}_judged")


def loss_sentence(source: Source, stage: Stage) -> str:
    """Return a stage's loss and whether chance explains it, ``""`` for a float stage."""
    t = source.t
    loss, error, reached = stage.degradation, stage.standard_error, stage.percent
    if loss is None or reached is None:
        return ""
    named = source.titles.change(stage.stage.removesuffix("_judged"), stage.title)
    if not stage.substituted:  # else it is said below of which tasks
        named = source.titles.change(stage.stage, stage.title)
    if abs(loss) < SEEN:
        return by_whom(source, stage, t("discussion.same", stage=named, after=percent(reached)))
    words = t(
        "discussion.gain" if loss < 0 else "discussion.loss",
        stage=named,
        before=percent(reached + loss),
        after=percent(reached),
        points=decimal(abs(loss), 2),
    )
    if error is None:
        return by_whom(source, stage, words)
    chance = "within" if abs(loss) <= SPREAD * error else "beyond"
    verdict = t(f"discussion.{chance}", spread=decimal(SPREAD * error, 2))
    return by_whom(source, stage, words + t("discussion.between") + verdict)


def _by_student(source: Source, sentences: Sequence[str]) -> tuple[Block, ...]:
    """Return sentences on accuracies; the first of the document are led by whose they are."""
    lead = source.once("whose.by_student") if source.extra.accuracy_stages else ""
    before = (Prose(paragraphs=(lead,), style="note"),) if lead else ()
    return (*before, *_prose(sentences))


def by_whom(source: Source, stage: Stage, sentence: str) -> str:
    """Return a sentence on a stage, with the tasks in it that are the reference's, and why."""
    if not stage.substituted:
        return sentence
    t = source.t
    tasks = (
        t(
            "whose.unanswered" if _gave_nothing(source, task) else "whose.wrong",
            task=t("quoted", words=source.task_title(task)),
        )
        for task in stage.substituted
    )
    return t("whose.borrowed", sentence=sentence, tasks=t("joiner").join(tasks))


def _gave_nothing(source: Source, task: str) -> bool:
    tests = (test.extra_data for test in source.results.tests)
    return any(one.task == task and one.outcome == "errored" for one in tests)


def _prose(sentences: Sequence[str] | Iterator[str]) -> tuple[Block, ...]:
    paragraphs = tuple(sentences)
    style = "bullets" if len(paragraphs) > 1 else ""
    return (Prose(paragraphs=paragraphs, style=style),) if paragraphs else ()


def _range_sentences(source: Source, kind: str) -> Iterator[str]:
    """Yield which tensors have the wider 3-sigma range, and which the widest actual range."""
    t = source.t
    measured = ranges_of(source, kind)
    for larger in ("three_sigma", "actual"):
        names = [_name(one) for one in measured if one.larger == larger]
        if names:
            yield t(f"discussion.larger_{larger}", names=t("joiner").join(names))
    widths = [(one.width or 0.0, _name(one)) for one in measured]
    (least, narrow), (most, wide) = min(widths, default=(0.0, "")), max(widths, default=(0.0, ""))
    if most > UNEQUAL * least:
        yield t(
            "discussion.widths",
            narrow=narrow,
            least=decimal(least),
            wide=wide,
            most=decimal(most),
        )


def _wasted_sentences(source: Source) -> Iterator[str]:
    """Yield how much of each 3-sigma range lies below the smallest value, where it is zero."""
    shares = []
    for one in ranges_of(source, "activations"):
        sigma_low, width = one.sigma_min, one.sigma_width
        if one.min == 0.0 and sigma_low is not None and sigma_low < 0 and width:
            share = percent(-100.0 * sigma_low / width, 0)
            values = {"name": _name(one), "low": decimal(sigma_low), "share": share}
            shares.append(source.t("discussion.wasted_of", **values))
    if shares:
        yield source.t("discussion.wasted", shares=source.t("joiner").join(shares))


def _name(one: Range | Candidates) -> str:
    return line(one.layer or one.tensor, 40)


def _candidate_row(source: Source, one: Candidates, names: Sequence[str]) -> Row:
    """Return a tensor's row: each error for each of the *names* of candidate ranges."""
    found = {candidate.range: candidate for candidate in one.candidates}
    missing = Candidate()
    cells = tuple(show(found.get(name, missing)) for show in _MEASURED.values() for name in names)
    favoured = source.t.name("ranges", one.favoured)
    return Row(cells=(_name(one), *cells, line(favoured, 40)))
