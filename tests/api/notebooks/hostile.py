"""A notebook that tries whatever a browser could be made to do."""

from __future__ import annotations

import base64
import json
from typing import Any

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="  # noqa: E501  one pixel
SVG = "<svg xmlns='http://www.w3.org/2000/svg' onload='hit()'><script>hit()</script><image href='http://evil.test/a.png'/></svg>"
MARKDOWN = """
# Title <script>hit()</script>
<img src=x onerror=hit()> ![pixel](http://evil.test/pixel.png) ![mine](attachment:mine.png)
[go](javascript:hit()) [data](data:text/html,<script>hit()</script>) <a href="//evil.test">away</a>
<iframe src="http://evil.test"></iframe><form action="http://evil.test"><button>send</button></form>
<style>body { background: url(http://evil.test/css) }</style><p style="position:fixed">over</p>
<svg onload=hit()><a xlink:href="javascript:hit()"><text>x</text></a></svg>
<math><mtext><table><mglyph><style><img src=x onerror=hit()></style></mglyph></table></math>
<base href="http://evil.test/"><meta http-equiv="refresh" content="0;url=http://evil.test">
"""
HTML = "<table border=1 onclick='hit()'><tr><td>0.99</td></tr></table><script>hit()</script>"


def cell(kind: str, source: str, **fields: Any) -> dict[str, Any]:
    """Return a cell as a notebook has it."""
    return {"cell_type": kind, "metadata": {}, "source": source, **fields}


def shown(**data: Any) -> dict[str, Any]:
    """Return an output; ``text_html`` stands for ``text/html``."""
    forms = {name.replace("_", "/", 1): value for name, value in data.items()}
    return {"output_type": "display_data", "metadata": {}, "data": forms}


def notebook(*cells: dict[str, Any]) -> bytes:
    """Return a notebook of these cells."""
    return json.dumps(
        {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
    ).encode()


def hostile() -> bytes:
    """Return the notebook."""
    svg = base64.b64encode(SVG.encode()).decode()
    outputs = [
        {"output_type": "stream", "name": "stdout", "text": "\x1b[31m<script>hit()</script>\n"},
        shown(text_html=HTML, text_plain="a table"),
        shown(text_html="<script>hit()</script>", text_plain="only a script"),
        {"data": {"image/svg+xml": SVG}},
        {"data": {"image/png": f'{PNG}" onerror="hit()'}},
        {"data": {"image/svg+xml": svg}},
        {"output_type": "error", "ename": "E", "evalue": "<b>", "traceback": ["<img src=x>"]},
    ]
    return notebook(
        cell("markdown", MARKDOWN, attachments={"mine.png": {"image/png": PNG}}),
        cell("code", "x = '</code><script>hit()</script>'", execution_count=3, outputs=outputs),
        cell("raw", "<script>hit()</script>"),
    )
