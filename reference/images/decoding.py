"""
Decode image files into one array, on all cores.

    python -m reference.images.decoding ARRAY.npy FIRST_ROW

is one of the processes: it reads paths from its input, each ended by a NUL, writes their images
into the array's rows and prints how many more are done. A process that is left alone ends at its
next line.
"""

from __future__ import annotations

import os
import queue
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from reference.images.errors import UnreadableImageError
from reference.spec import Shape

Progress = Callable[[int, int], None]
"""Called with how many images are done, and of how many."""

Images = NDArray[np.uint8]
WORTH_A_PROCESS = 1000  # images: less than it takes to start
PROGRESS_STEPS = 500
_UNREADABLE = "unreadable "


def decode_files(
    paths: Sequence[str], shape: Shape, target: Path, on_progress: Progress | None = None
) -> None:
    """
    Write the images in *paths* to *target*, a .npy of uint8 (images, channels, height, width).

    Raise UnreadableImageError for the first file found that is none.
    """
    size = (len(paths), *shape)
    images = np.lib.format.open_memmap(target, mode="w+", dtype=np.uint8, shape=size)
    count = min(os.cpu_count() or 1, len(paths) // WORTH_A_PROCESS)
    parts = np.array_split(np.arange(len(paths)), count) if count > 1 else []
    done = 0
    counted = _by_processes(paths, target, parts) if parts else _write(images, paths)
    for more in counted:
        before, done = done, done + more
        passed = before // PROGRESS_STEPS < done // PROGRESS_STEPS
        if on_progress is not None and (passed or done == len(paths)):
            on_progress(done, len(paths))
    images.flush()


def fit(image: Image.Image, shape: Shape) -> Images:
    """Return *image* as uint8 (channels, height, width), resized as torchvision's Resize does."""
    channels, height, width = shape
    image = image.convert("L" if channels == 1 else "RGB")
    if image.size != (width, height):
        image = image.resize((width, height), Image.Resampling.BILINEAR)
    pixels = np.asarray(image)
    return pixels[None] if channels == 1 else pixels.transpose(2, 0, 1)


def _write(images: Images, paths: Sequence[str]) -> Iterator[int]:
    """Write images into the rows of *images*; yield 1 for each."""
    for row, path in enumerate(paths):
        try:
            with Image.open(path) as image:
                images[row] = fit(image, (images.shape[1], images.shape[2], images.shape[3]))
        except OSError as error:
            raise UnreadableImageError(path, str(error)) from error
        yield 1


def _by_processes(
    paths: Sequence[str], target: Path, parts: Sequence[NDArray[np.int64]]
) -> Iterator[int]:
    """Have a process decode each of the *parts* of the rows; yield how many more are done."""
    told: queue.SimpleQueue[int] = queue.SimpleQueue()
    left = len(paths)
    with ThreadPoolExecutor(len(parts)) as threads:
        running = [
            threads.submit(_follow, target, int(part[0]), [paths[row] for row in part], told.put)
            for part in parts
        ]
        while left:
            more = told.get()
            if more == 0:  # a part has ended before it was done
                break
            left -= more
            yield more
        for one in running:
            one.result()


def _follow(target: Path, first: int, paths: Sequence[str], tell: Callable[[int], None]) -> None:
    """Decode a part in a process of its own, or here where that one ends before it is done."""
    done = 0
    try:
        for more in _process(target, first, paths):
            done += more
            tell(more)
        if done < len(paths):
            rows = np.load(target, mmap_mode="r+")[first + done : first + len(paths)]
            for more in _write(rows, paths[done:]):
                tell(more)
    except BaseException:
        tell(0)
        raise


def _process(target: Path, first: int, paths: Sequence[str]) -> Iterator[int]:
    command = [sys.executable, "-m", "reference.images.decoding", str(target), str(first)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(b"".join(os.fsencode(path) + b"\0" for path in paths))
            process.stdin.close()
        except BrokenPipeError:
            return
        for line in process.stdout:
            said = os.fsdecode(line.rstrip(b"\n"))
            if said.startswith(_UNREADABLE):
                at, _, reason = said.removeprefix(_UNREADABLE).partition(" ")
                raise UnreadableImageError(paths[int(at)], reason)
            yield int(said)


def _main(target: Path, first: int) -> None:
    paths = [os.fsdecode(path) for path in sys.stdin.buffer.read().split(b"\0")[:-1]]
    rows = np.load(target, mmap_mode="r+")[first : first + len(paths)]
    done = told = 0
    try:
        for more in _write(rows, paths):
            done += more
            if done - told == PROGRESS_STEPS // 5 or done == len(paths):
                print(done - told, flush=True)
                told = done
    except UnreadableImageError as error:
        reason = " ".join(str(error.__cause__).split())
        print(f"{_UNREADABLE}{done} {reason}", flush=True)


if __name__ == "__main__":
    _main(Path(sys.argv[1]), int(sys.argv[2]))
