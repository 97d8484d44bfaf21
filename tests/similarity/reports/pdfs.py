"""PDFs as students hand them in: written, saved anew, printed again, locked, broken, too much."""

from __future__ import annotations

import base64
import io
import random
import zlib
from functools import cache

import numpy as np
import pikepdf
import weasyprint
from PIL import Image

_SYLLABLES = [a + b for a in "bdfgklmnprst" for b in ("a", "e", "i", "o", "u", "ar", "en", "os")]
TEMPLATE_WORDS = 260


def prose(seed: int, words: int = 500) -> str:
    """Return text that nobody else writes."""
    rng = random.Random(seed)
    return " ".join("".join(rng.choices(_SYLLABLES, k=rng.randint(1, 3))) for _ in range(words))


def figure(seed: int) -> str:
    """Return a picture as the address of an HTML page."""
    pixels = np.random.default_rng(seed).integers(0, 255, (120, 160, 3), dtype=np.uint8)
    target = io.BytesIO()
    Image.fromarray(pixels).save(target, format="PNG")
    return "data:image/png;base64," + base64.b64encode(target.getvalue()).decode()


def page(seed: int, *, words: int = 500, figures: int = 1) -> str:
    """Return a student's own part of a report as HTML."""
    pictures = "".join(f'<p><img src="{figure(seed * 100 + at)}"></p>' for at in range(figures))
    return f"<p>{prose(seed, words)}</p>{pictures}"


TEMPLATE = page(999, words=TEMPLATE_WORDS)


@cache
def report(own: str, *, cover: str = "Homework 1", template: str = TEMPLATE) -> bytes:
    """Return a report: a cover, the handout's questions and figure, the student's *own* part."""
    first = f'<h1 style="page-break-after: always">{cover}</h1>'
    made = weasyprint.HTML(string=first + template + own).write_pdf()
    assert isinstance(made, bytes)
    return made


def saved_anew(data: bytes, **about: str) -> bytes:
    """Return the PDF as another program saves it, with other metadata."""
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        del pdf.docinfo
        for name, value in about.items():
            pdf.docinfo[f"/{name}"] = value
        if "/Metadata" in pdf.Root:
            del pdf.Root.Metadata
        pdf.save(target, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return target.getvalue()


def some_pages(data: bytes, first: int, end: int) -> bytes:
    """Return a copy of some pages, in a file that says nothing of itself."""
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as pdf, pikepdf.new() as copied:
        copied.pages.extend(pdf.pages[first:end])
        copied.save(target)
    return target.getvalue()


def scanned(seed: int, pages: int = 3) -> bytes:
    """Return a report of pictures alone."""
    return report(
        "".join(f'<p><img src="{figure(seed * 50 + at)}"></p>' for at in range(pages)),
        template="",
        cover="",
    )


def locked(data: bytes) -> bytes:
    """Return the PDF behind a password."""
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        pdf.save(target, encryption=pikepdf.Encryption(user="secret", owner="other"))
    return target.getvalue()


def bomb(gigabytes: int = 4) -> bytes:
    """Return a PDF whose one page unpacks to gigabytes of text."""
    packer = zlib.compressobj(9)
    block = b"BT /F1 9 Tf 1 0 0 1 9 9 Tm (quantized weights) Tj ET\n" * 20_000
    rounds = (gigabytes << 30) // len(block)
    packed = b"".join([*(packer.compress(block) for _ in range(min(rounds, 60))), packer.flush()])
    for _ in range(2):  # packed again, so that a small file holds all of it many times
        packed = zlib.compress(packed, 9)
    target = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        stream = pdf.make_stream(packed)
        filters = [pikepdf.Name.FlateDecode] * 3
        stream.write(packed, filter=pikepdf.Array(filters))
        font = pikepdf.Dictionary(
            Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
        )
        pdf.pages[0].Contents = stream
        pdf.pages[0].Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
        pdf.save(target)
    return target.getvalue()
