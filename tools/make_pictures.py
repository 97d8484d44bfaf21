"""
Make the pictures in README and guides: the terminal after grading the example, report pages, and
pages of the service; ``--guides`` makes only these.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

ROOT = Path(__file__).parent.parent
PICTURES = ROOT / "docs" / "images"
EXAMPLE = ROOT / "examples" / "hw1_108062999.ipynb"
GUIDES = ROOT / "api" / "guides" / "images"
PAGES = (1, 4)
WIDTH = 88


def main() -> None:
    """Write terminal.svg, a PNG for each of the report's chosen pages, and the guides' own."""
    from tools import guide_pictures

    guide_pictures.make(GUIDES)
    if "--guides" in sys.argv:
        return
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        _terminal(_grade(Path(folder)))
        for page in PAGES:
            _page(Path(folder) / "hw1_108062999.pdf", page)


def _grade(out: Path) -> str:
    command = [sys.executable, "-m", "grader.cli", "check", str(EXAMPLE), "--out", str(out)]
    environment = os.environ | {"FORCE_COLOR": "1", "COLUMNS": str(WIDTH)}
    return subprocess.run(
        command, check=True, capture_output=True, text=True, cwd=ROOT, env=environment
    ).stdout


def _terminal(screen: str) -> None:
    with Path(os.devnull).open("w") as nowhere:
        console = Console(record=True, width=WIDTH, file=nowhere, force_terminal=True)
        console.print(Text("$ grader check examples/hw1_108062999.ipynb", style="bold"))
        console.print(Text.from_ansi(screen.rstrip()))
        drawing = console.export_svg(title="grader check", theme=MONOKAI)
    # A picture must not fetch a font from anywhere.
    drawing = re.sub(r"@font-face \{.*?\}\s*", "", drawing, flags=re.DOTALL)
    (PICTURES / "terminal.svg").write_text(drawing.replace("Fira Code", "DejaVu Sans Mono"))


def _page(pdf: Path, page: int) -> None:
    target = PICTURES / f"report-{page}"
    options = ["-png", "-r", "70", "-f", str(page), "-l", str(page), "-singlefile"]
    subprocess.run(["pdftoppm", *options, str(pdf), str(target)], check=True)


if __name__ == "__main__":
    main()
