"""``python -m api.migrations 0003 "Say what the step does"`` writes the step to the models."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from api.kit.database import open_engine
from api.migrations import revisions, upgrade, write_revision


def main(revision: str, message: str) -> None:
    """Write the step that leads from the last revision to the models."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{Path(folder) / 'empty.sqlite'}")
        if revisions():
            upgrade(engine)
        write_revision(engine, message, revision)
        engine.dispose()


main(*sys.argv[1:])
