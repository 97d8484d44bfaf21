"""The view turns results into finished strings, whatever is missing."""

# ruff: noqa: RUF001 - dashes stand for what is not known

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib import resources
from pathlib import Path

import pytest

from grader.results.file.reading import read
from report_templates import render
from report_templates.messages import LanguageError, languages, load_messages
from report_templates.page.blocks import (
    Callouts,
    Document,
    Facts,
    Figures,
    Overview,
    Prose,
    Scores,
    Table,
)
from report_templates.structure import StructureError, load_structure
from report_templates.view import build_document
from tests.report_templates import results_examples as examples
from tests.report_templates.blocks_of import blocks_of

NAMES = ("right", "wrong", "nothing_works", "bare", "hostile")


def _table(document: Document, words: str) -> Table:
    tables = (block for block in blocks_of(document, Table))
    return next(t for t in tables if isinstance(t, Table) and words in t.caption.text)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", languages())
def test_every_result_has_a_view(name: str, language: str) -> None:
    """Right, wrong, empty and hostile results all make a document in every language."""
    document = build_document(read(getattr(examples, name)()), language=language)

    assert document.sections
    assert document.cover.student


def test_view_needs_neither_torch_nor_weasyprint() -> None:
    """Building a view imports neither of the slow libraries."""
    code = (
        "import sys; from grader.results.file.reading import read;"
        "from report_templates.view import build_document;"
        "build_document(read({'tests': []}));"
        "print([m for m in ('torch', 'weasyprint', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_score_table_sums_each_task() -> None:
    """A task's points are the sum of its criteria's."""
    document = build_document(read(examples.wrong()))
    (overview,) = blocks_of(document, Overview)
    assert isinstance(overview, Overview)
    judged = [block for block in blocks_of(document, Scores) if isinstance(block, Scores)]

    assert overview.lines[0].points == "10\u00a0/\u00a016"
    assert overview.total == "47.5\u00a0/\u00a094"  # 6 points wait for staff
    assert [line.points for line in overview.lines] == [scores.total for scores in judged]


def test_every_task_is_judged_once() -> None:
    """What the overview leads to is there, beside the code or in the rest, exactly once."""
    document = build_document(read(examples.wrong()))
    (overview,) = blocks_of(document, Overview)
    assert isinstance(overview, Overview)
    anchors = [block.anchor for block in blocks_of(document, Scores) if isinstance(block, Scores)]

    assert [line.task.anchor for line in overview.lines] == anchors


def test_findings_are_numbered_alike_wherever_they_stand() -> None:
    """A number in the overview leads to the finding of that number and title."""
    document = build_document(read(examples.wrong()))
    (overview,) = blocks_of(document, Overview)
    (callouts,) = blocks_of(document, Callouts)
    assert isinstance(overview, Overview)
    assert isinstance(callouts, Callouts)
    found = {(c.mark, c.title, c.anchor) for c in callouts.callouts}
    told = {(n.mark, n.text, n.anchor) for line in overview.lines for n in line.notes if n.mark}

    assert told <= found
    assert len(told) == 7


def test_outcomes_keep_apart_what_costs_and_what_does_not() -> None:
    """Failed, partial, crashed, skipped and pending are five different things."""
    judged = blocks_of(build_document(read(examples.wrong())), Scores)
    outcomes = {
        line.outcome for block in judged if isinstance(block, Scores) for line in block.lines
    }

    assert outcomes == {"passed", "failed", "partial", "errored", "skipped", "pending"}


def test_findings_that_cost_come_first() -> None:
    """Remarks stand below what cost points."""
    (callouts,) = blocks_of(build_document(read(examples.wrong())), Callouts)
    assert isinstance(callouts, Callouts)
    styles = [callout.style for callout in callouts.callouts]

    assert styles == sorted(styles)
    assert set(styles) == {"costs", "free"}


def test_no_finding_and_no_failure_says_so() -> None:
    """A right submission is told that there is nothing to correct."""
    document = build_document(read(examples.right()))
    found = next(s for s in document.sections if s.title == "What to look at")

    assert isinstance(found.blocks[0], Prose)
    assert found.blocks[0].paragraphs[0].startswith("Nothing to correct")


def test_range_table_says_what_the_results_say() -> None:
    """Each row holds the tensor's numbers, rounded to four decimals."""
    results = examples.right()
    measured = results["extra_data"]["ranges"][0]
    row = _table(build_document(read(results)), "range of the weights").rows[0]

    assert row.cells[0] == "conv1"
    assert row.cells[1] == "450"
    assert float(row.cells[2].replace("\u2212", "-")) == pytest.approx(measured["min"], abs=5e-5)
    assert float(row.cells[9]) == pytest.approx(6 * measured["std"], abs=5e-5)
    assert row.cells[10] == "3-sigma"


def test_every_weighted_layer_and_the_input_have_a_histogram() -> None:
    """The ladder; five layers' weights, also quantized; the input and five layers' activations."""
    figures = list(blocks_of(build_document(read(examples.right())), Figures))
    counted = [len(block.figures) for block in figures if isinstance(block, Figures)]

    assert counted == [1, 5, 5, 6]


def test_a_tensor_that_is_not_finite_has_no_histogram() -> None:
    """A range with a NaN keeps its row, with dashes, and loses its drawing."""
    results = examples.right()
    results["extra_data"]["ranges"][0].update(mean=float("nan"), std=None)
    document = build_document(read(results))

    assert _table(document, "range of the weights").rows[0].cells[5:7] == ("–", "–")
    figures = [b for b in blocks_of(document, Figures) if isinstance(b, Figures)]
    assert len(figures[2].figures) == 4


def test_loss_and_its_uncertainty_are_given() -> None:
    """A gain has a minus sign, and what is not known is a dash."""
    rows = _table(build_document(read(examples.right())), "Accuracy with what").rows

    assert rows[0].cells[2:5] == ("52.07\u00a0%", "–", "–")
    assert rows[2].cells[2:5] == ("52.11\u00a0%", "\u22120.04", "0.16")


def test_types_of_layers_are_in_the_language_asked_for() -> None:
    """The type is translated, the kernel's size kept."""
    english = _table(build_document(read(examples.right())), "The layers.")
    chinese = _table(build_document(read(examples.right()), language="zh_TW"), "網路各層")

    assert [row.cells[1] for row in english.rows[:2]] == ["Convolution 5 × 5", "Max pooling 2 × 2"]
    assert [row.cells[1] for row in chinese.rows[4:5]] == ["全連接"]


def test_missing_scales_are_dashes_with_a_reason() -> None:
    """One layer without a scale leaves a dash and a note, not a crash."""
    results = examples.right()
    results["extra_data"]["layers"][4].update(output_multiplier=None, landing_level=None)
    table = _table(build_document(read(results)), "What the scales make")

    assert table.rows[2].cells[2:5] == ("–", "–", "–")
    assert "did not come back" in table.note


def test_wrong_types_are_treated_as_missing() -> None:
    """Strings where numbers belong, numbers where lists belong: still a document."""
    results = examples.right()
    results["score"] = "many"
    results["extra_data"].update(
        ranges=3, layers={"a": 1}, findings="none", files=None, data=[], problems=7, seed=[]
    )
    document = build_document(read(results))

    assert document.cover.score == "–"


def test_colophon_gives_seed_sandbox_and_versions() -> None:
    """What is needed to repeat the run is in the document."""
    facts = [
        b for b in blocks_of(build_document(read(examples.right())), Facts) if isinstance(b, Facts)
    ]
    told = {fact.label: fact.value for fact in facts[-1].facts}

    assert told["Seed"] == "0"
    assert "bubblewrap" in told["Sandbox"]
    assert "torch 2.15.0" in told["Versions"]


@pytest.mark.parametrize("language", languages())
def test_colophon_says_that_nobody_asked_for_a_tight_sandbox(language: str) -> None:
    """A result of --own-code is never told to have been made in a sandbox like all others."""
    results = examples.right()
    results["extra_data"]["sandbox"]["own_code"] = True
    t = load_messages(language)

    section = build_document(read(results), language=language).sections[-1]

    assert section.title == t("sections.colophon")
    assert isinstance(section.blocks[0], Prose)
    assert "--own-code" in section.blocks[0].paragraphs[0]
    assert t("colophon.text") not in section.blocks[0].paragraphs


def test_long_lists_are_bounded() -> None:
    """A thousand findings become forty and a sentence."""
    results = examples.right()
    results["extra_data"]["findings"] = examples.wrong()["extra_data"]["findings"][:1] * 1000
    document = build_document(read(results))
    (callouts,) = blocks_of(document, Callouts)
    assert isinstance(callouts, Callouts)

    assert len(callouts.callouts) == 40
    assert any(
        "960 further findings" in paragraph
        for block in blocks_of(document, Prose)
        if isinstance(block, Prose)
        for paragraph in block.paragraphs
    )


def test_catalogues_have_the_same_keys_and_values() -> None:
    """A sentence that one language has, every language has, with the same places to fill in."""
    english = load_messages("en").sentences
    for language in languages():
        other = load_messages(language).sentences
        graders = {"isolation", "splits"}
        own = {key for key in other if key.split(".")[0] not in graders}
        assert own == english.keys()
        for key, sentence in english.items():
            assert set(_places(other[key])) == set(_places(sentence)), key


def _places(sentence: str) -> Iterator[str]:
    import string

    return (name for _, name, _, _ in string.Formatter().parse(sentence) if name)


def test_unknown_language_names_those_there_are() -> None:
    """The message says which languages can be asked for."""
    with pytest.raises(LanguageError, match="en"):
        load_messages("xx")


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        ("[[sections]", "x/report.toml: not TOML"),
        (
            "[[sections]]\ntitle = 'A'\ncolour = 1",
            "x/report.toml: sections.0.colour: Extra inputs",
        ),
        (
            "[[sections]]\nparts = ['notes']",
            "x/report.toml: the section notes has no title: title =",
        ),
        (
            "[[sections]]\ntitle = { zh_TW = '摘要' }",
            "x/report.toml: sections.0.title: write English words",
        ),
    ],
)
def test_a_bad_structure_says_where_and_what(
    toml: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A structure file that cannot be used is named, with what it lacks."""
    (tmp_path / "editions" / "x").mkdir(parents=True)
    (tmp_path / "editions" / "x" / "report.toml").write_text(toml, "utf-8")
    monkeypatch.setattr(resources, "files", lambda _package: tmp_path)

    with pytest.raises(StructureError, match=says):
        load_structure("report", "x")


@pytest.mark.parametrize("count", [4, 5])
def test_a_total_leaves_only_the_points_column_free(count: int) -> None:
    """The last line of a table of scores spans as many columns as there are headings but one."""
    (block, *_) = blocks_of(build_document(read(examples.right())), Scores)
    assert isinstance(block, Scores)
    wider = replace(block, headings=("",) * count)

    template = render.templates().get_template("blocks/scores.html.j2")
    drawn = template.render(block=wider, style="")

    assert f'<th colspan="{count - 1}" scope="row">Total</th>' in drawn
