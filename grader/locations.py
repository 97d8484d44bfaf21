"""Where things lie on this machine, and opening the data from there."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from grader.editions.loader import Edition
from grader.errors import GraderError
from grader.words.message import Message, say

if TYPE_CHECKING:
    from grader.baseline.networks import Baseline
    from reference.datasets import Data

APPLICATION = "quantization-lab-grader"


class DataUnusableError(GraderError):
    """The data set that was named cannot be used."""

    exit_code = 3


def cache_folder() -> Path:
    """Return where decoded images and baselines are kept; ``$GRADER_CACHE`` overrides."""
    named = os.environ.get("GRADER_CACHE")
    return Path(named) if named else Path(platformdirs.user_cache_dir(APPLICATION))


def probe_secret() -> str:
    """Return ``$GRADER_PROBE_SECRET``, without which anybody can work out a seed's probes."""
    return os.environ.get("GRADER_PROBE_SECRET", "")


def log_file() -> Path:
    """Return where failures of the grader itself are written down."""
    return cache_folder() / "grader.log"


def open_baseline(
    edition: Edition,
    directory: Path | None,
    on_progress: Callable[[Message], None] = lambda _far: None,
) -> Baseline:
    """
    Return the baseline on the data in *directory*; raise DataUnusableError with what to do.

    *on_progress* is told how far the decoding of images and the measuring of the float networks
    have come, where they are done: both are kept.
    """
    import torch

    # One thread here and one in the sandbox; it also makes float results the same everywhere.
    torch.set_num_threads(1)
    from grader.baseline.networks import load_baseline

    def measuring(done: int, total: int) -> None:
        on_progress(say("progress", "measuring", done=str(done), total=str(total)))

    with _telling():
        data = _open(edition, directory, on_progress)
        return load_baseline(edition, data, cache_folder(), measuring)


def open_data_set(
    edition: Edition,
    directory: Path | None,
    on_progress: Callable[[Message], None] = lambda _far: None,
) -> Data:
    """Return the data in *directory*, else the sample, as ``open_baseline`` opens it."""
    with _telling():
        return _open(edition, directory, on_progress)


def _open(
    edition: Edition, directory: Path | None, on_progress: Callable[[Message], None]
) -> Data:
    from reference.datasets import open_data

    def decoding(done: int, total: int) -> None:
        on_progress(say("progress", "decoding", done=f"{done:,}", total=f"{total:,}"))

    return open_data(
        directory,
        edition.file.data.name,
        cache_folder(),
        shape=edition.file.network.input_shape,
        on_progress=decoding,
    )


@contextmanager
def _telling() -> Iterator[None]:
    """Raise DataUnusableError for what is wrong with data, checkpoints or the cache."""
    from reference.checkpoints import CheckpointError
    from reference.images.errors import DataError

    try:
        yield
    except (DataError, CheckpointError) as error:
        raise DataUnusableError(str(error)) from None
    except OSError as error:
        msg = (
            f"{error.filename or cache_folder()}: {error.strerror or error}; set GRADER_CACHE to a"
            " folder that can be written"
        )
        raise DataUnusableError(msg) from None
