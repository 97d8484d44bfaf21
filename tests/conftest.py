"""What every test shares: how Hypothesis draws its examples, and CIFAR-10 where it is at hand."""

from __future__ import annotations

import lzma
import os
import shutil
import tarfile
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:  # it brings torch, which most of the service's tests do without
    from reference.datasets import Data

ARCHIVE = Path(__file__).parents[2] / "shared" / "data" / "cifar10-images.tar.xz"

# The same examples in every run, so that a failure is the change's and not the day's; and no limit
# on a single example's time, which a busy machine would exceed. Look for new examples with
# `pytest --hypothesis-profile=search`.
settings.register_profile("settled", derandomize=True, deadline=None)
settings.register_profile("search", deadline=None, max_examples=2000)
settings.load_profile("settled")


def pytest_configure(config: pytest.Config) -> None:
    """
    Give all of a run's processes one cache, so that each baseline is computed once.

    It is not the user's: what another version of the code has computed is never judged by.
    """
    if hasattr(config, "workerinput"):  # of pytest-xdist: the first process has made it
        return
    folder = tempfile.mkdtemp(prefix="grader-tests-")
    os.environ["GRADER_CACHE"] = folder
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))


@pytest.fixture(scope="session")
def cifar10(tmp_path_factory: pytest.TempPathFactory) -> Data:
    """CIFAR-10 from the shared archive, unpacked and decoded once; skips where there is none."""
    if not ARCHIVE.exists():
        pytest.skip(f"{ARCHIVE} is not here")
    from reference.datasets import open_data

    root = _unpack(tmp_path_factory.mktemp("cifar10"))
    return open_data(root, "cifar10", tmp_path_factory.mktemp("cache"))


def _unpack(root: Path) -> Path:
    """Unpack the archive, whose tar is preceded by stray text, and return the folder of splits."""
    with lzma.open(ARCHIVE) as stream:
        start = stream.read(4096).find(b"ustar") - 257
        stream.seek(start)
        with tarfile.open(fileobj=stream, mode="r|") as archive:
            archive.extractall(root, filter="data")
    return next(path.parent for path in root.rglob("train"))


@pytest.hookimpl(tryfirst=True)  # before pytest leaves out what was not asked for
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep as many cases of a test for every day as its mark says; the others are long."""
    seen: Counter[str] = Counter()
    for item in items:
        mark = item.get_closest_marker("few")
        if mark is not None:
            test = item.nodeid.partition("[")[0]
            seen[test] += 1
            if seen[test] > mark.args[0]:
                item.add_marker(pytest.mark.long)
