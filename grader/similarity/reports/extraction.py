"""
A PDF's bytes -> texts, digests of pictures, metadata: runs in a process that holds nothing else.

What is read is bounded by pages, characters and pixels here, by time and memory outside.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import pypdfium2
from pypdfium2 import raw

from grader.similarity.reports.handed import (
    BROKEN,
    ENCRYPTED,
    LEAST_WORDS,
    MOST_CHARACTERS,
    MOST_PAGES,
    PARTLY,
)

MOST_IMAGES = 300
MOST_PIXELS = 25_000_000  # of a picture; all of them together may have four times as many
LEAST_PIXELS = 10_000  # smaller ones are bullets and logos
LONGEST_METADATA = 300
MOST_OBJECTS = 20_000  # of a page: bounds how long pictures are looked for
SCAN_HEIGHT = 160  # pixels: as small as a page is drawn where it has no text
PASSWORD_NEEDED = raw.FPDF_ERR_PASSWORD


def extract(data: bytes) -> dict[str, Any]:
    """Return what stands in a PDF, as JSON's types; ``problem`` where not all of it is read."""
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        return {"problem": ENCRYPTED if error.err_code == PASSWORD_NEEDED else BROKEN}
    found = _Found()
    for number in range(min(len(document), MOST_PAGES)):
        try:
            found.add(document[number])
        except pypdfium2.PdfiumError:
            found.problem = PARTLY
        if found.characters > MOST_CHARACTERS:
            break
    if len(document) > len(found.pages):
        found.problem = PARTLY
    if not found.pages:
        found.problem = BROKEN
    return found.told(document)


class _Found:
    """What has been read so far."""

    def __init__(self) -> None:
        self.pages: list[str] = []
        self.images: set[str] = set()
        self.scans: set[str] = set()
        self.problem = ""
        self.characters = 0
        self._pixels = 4 * MOST_PIXELS

    def add(self, page: pypdfium2.PdfPage) -> None:
        """Read one page more."""
        text = page.get_textpage().get_text_range()[:MOST_CHARACTERS]
        self.pages.append(text)
        self.characters += len(text)
        self.images.update(self._images(page))
        if len(text.split()) < LEAST_WORDS:
            self.scans.update(_drawn(page))

    def told(self, document: pypdfium2.PdfDocument) -> dict[str, Any]:
        metadata = document.get_metadata_dict(skip_empty=True)
        return {
            "pages": self.pages,
            "images": sorted(self.images),
            "scans": sorted(self.scans),
            "metadata": {name: value[:LONGEST_METADATA] for name, value in metadata.items()},
            "problem": self.problem,
        }

    def _images(self, page: pypdfium2.PdfPage) -> Iterator[str]:
        """Yield a digest of each picture's pixels, so compressing it again changes nothing."""
        for seen, one in enumerate(page.get_objects(max_depth=4)):
            if seen > MOST_OBJECTS or len(self.images) >= MOST_IMAGES:
                self.problem = PARTLY
                return
            if not isinstance(one, pypdfium2.PdfImage):
                continue
            try:
                width, height = one.get_px_size()
                if not LEAST_PIXELS <= width * height <= min(MOST_PIXELS, self._pixels):
                    continue
                self._pixels -= width * height
                yield _digest(one.get_bitmap())
            except pypdfium2.PdfiumError:
                continue  # a broken picture is none


def _digest(bitmap: pypdfium2.PdfBitmap) -> str:
    """Return a digest of colours, whatever the format in which they are stored."""
    pixels = np.asarray(bitmap.to_numpy())
    pixels = pixels.reshape(*pixels.shape[:2], -1)
    colours = pixels[..., :3] if pixels.shape[2] >= 3 else pixels[..., [0, 0, 0]]
    shape = f"{colours.shape[1]}x{colours.shape[0]}"
    return hashlib.sha256(shape.encode() + np.ascontiguousarray(colours).tobytes()).hexdigest()


def _drawn(page: pypdfium2.PdfPage) -> Iterator[str]:
    """Yield a digest of a page as it is drawn, small; nothing for one that shows one colour."""
    width, height = page.get_size()
    if not (0 < width < 20_000 and 0 < height < 20_000 and width < 20 * height):
        return
    bitmap = page.render(scale=SCAN_HEIGHT / height, grayscale=True)
    pixels = np.asarray(bitmap.to_numpy())
    if pixels.size and pixels.min() != pixels.max():
        yield _digest(bitmap)
