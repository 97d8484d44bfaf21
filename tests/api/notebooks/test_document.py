"""A notebook as a page: all of it is there, and nothing of it can do anything."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from api.notebooks.cells import Form, read_file
from api.notebooks.document import MOST_PRINTED, Remark, policy, render
from grader.errors import SubmissionError
from tests.api.notebooks.hostile import PNG, cell, hostile, notebook, shown

ALLOWED = {"class", "id", "lang", "charset", "name", "content", "aria-label", "role", "alt", "src"}


class Tags(HTMLParser):
    """Collects what stands in a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def drawn(data: bytes, name: str = "hw1.ipynb", language: str = "en", *remarks: Remark) -> str:
    return render(read_file(name, data), name=name, language=language, remarks=remarks)


def test_nothing_of_a_hostile_notebook_can_run_or_load() -> None:
    """No script, form, frame, style or handler is left, and every image is data."""
    tags = Tags(drawn(hostile())).found

    assert not {tag for tag, _ in tags} & {
        *("script", "iframe", "form", "button", "base", "svg", "math", "object", "link", "input")
    }
    assert [tag for tag, _ in tags].count("style") == 1
    for tag, attributes in tags:
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        if tag == "img":
            assert (attributes.get("src") or "data:image/").startswith("data:image/")
        if tag == "a":
            assert (attributes.get("href") or "http://").startswith(("http://", "https://", "#"))


def test_the_policy_forbids_scripts_even_if_one_were_left() -> None:
    """Default is nothing, images are data, and the page has no origin."""
    parts = policy().split("; ")

    assert "default-src 'none'" in parts
    assert "img-src data:" in parts
    assert "sandbox" in parts
    assert "script-src" not in policy()


def test_text_that_looks_like_html_is_text() -> None:
    """What code prints or says is shown as it is written."""
    page = drawn(hostile())

    assert "x = &#39;" in page.replace('<span class="string">', "")
    assert "&lt;img src=x&gt;" in page
    assert "only a script" in page
    assert "\x1b" not in page


def test_plots_tables_and_pasted_images_are_shown() -> None:
    """A plot of matplotlib, a table of pandas, an image pasted into a markdown cell."""
    page = drawn(
        notebook(
            cell(
                "markdown",
                "![a](attachment:b.png)\n\n| x |\n|---|\n| 7 |",
                attachments={"b.png": {"image/png": PNG}},
            ),
            cell("code", "f()", outputs=[shown(image_png=PNG + "\n", text_plain="<Figure>")]),
            cell("code", "g()", outputs=[shown(text_html="<table><tr><td>5</td></tr></table>")]),
        )
    )

    assert page.count(f'src="data:image/png;base64,{PNG}"') == 2
    assert "<td>7</td>" in page
    assert "<td>5</td>" in page
    assert "&lt;Figure&gt;" not in page


@pytest.mark.parametrize(("language", "note"), [("en", "more lines"), ("zh_TW", "行未顯示")])
def test_a_huge_output_is_cut_with_a_note(language: str, note: str) -> None:
    """Of 5,000 printed lines the first stand there, and how many more there are."""
    text = "".join(f"epoch {number}\n" for number in range(5000))
    data = notebook(cell("code", "train()", outputs=[{"output_type": "stream", "text": text}]))
    page = drawn(data, language=language)

    assert "epoch 0\n" in page
    assert "epoch 4999" not in page
    assert f"{5000 - MOST_PRINTED}" in page
    assert note in page


def test_a_page_of_too_many_images_ends_with_a_note() -> None:
    """A browser is not handed more than it can show."""
    large = "A" * 3_000_000
    outputs = [shown(image_png=large)]
    data = notebook(*(cell("code", f"f({n})", outputs=outputs) for n in range(8)))
    page = drawn(data)

    assert len(page) < 15_000_000
    assert "The rest of this file is too large" in page


def test_a_comment_stands_below_its_line() -> None:
    """Staff's words are text as well."""
    remark = Remark(cell=1, line=2, who="ta", text="why <b>128</b>?")
    page = drawn(notebook(cell("code", "a = 1\nb = 2\nc = 3")), "hw1.ipynb", "en", remark)

    assert page.index("ta on line 2") > page.index('id="cell-1-2"')
    assert page.index("ta on line 2") < page.index('id="cell-1-3"')
    assert "why &lt;b&gt;128&lt;/b&gt;?" in page


def test_a_comment_on_a_line_that_is_not_shown_stands_below_the_cell() -> None:
    """No comment is lost, whatever line it names."""
    remark = Remark(cell=1, line=99, who="ta", text="see me")

    assert "see me" in drawn(notebook(cell("code", "a = 1")), "hw1.ipynb", "en", remark)


def test_a_notebook_of_version_3_is_read() -> None:
    """Its cells lie in worksheets, code is called input, images stand beside the text."""
    data = (
        b'{"nbformat": 3, "worksheets": [{"cells": ['
        b'{"cell_type": "heading", "level": 2, "source": ["Old"]},'
        b'{"cell_type": "code", "input": "a = 1", "prompt_number": 4,'
        b' "outputs": [{"output_type": "pyout", "png": "aGk="}]}]}]}'
    )
    cells = read_file("hw1.ipynb", data).cells

    assert [one.source for one in cells] == ["## Old", "a = 1"]
    assert cells[1].counter == 4
    assert [one.form for one in cells[1].outputs] == [Form.IMAGE]


def test_a_script_is_one_cell() -> None:
    """Its lines are numbered as in the file."""
    page = drawn(b"# first\ndef f():\n    return 1\n", "quantutils.py")

    assert 'id="cell-1-3"' in page
    assert "quantutils.py" in page


@pytest.mark.parametrize("data", [b"", b"{}", b"[" * 100_000, b'{"cells": 1}', b"\xff\xfe\x00"])
def test_what_is_no_notebook_is_refused_with_a_reason(data: bytes) -> None:
    """Broken files are named, and never a traceback."""
    with pytest.raises(SubmissionError, match=r"hw1\.ipynb"):
        read_file("hw1.ipynb", data)


def test_cells_of_the_wrong_shape_do_no_harm() -> None:
    """JSON may hold anything where a notebook holds text."""
    odd = [
        {"cell_type": "code", "source": 5, "outputs": [{"data": {"image/png": {"a": 1}}}, 7]},
        {"cell_type": ["x"], "source": None, "attachments": [1]},
        {"cell_type": "code", "outputs": {"a": 1}, "execution_count": True},
        {"cell_type": "markdown", "source": [1, "two"], "attachments": {"a": {"image/png": 3}}},
    ]
    page = drawn(notebook(*odd))

    assert "two" in page
