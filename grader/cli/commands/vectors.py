"""``grader vectors``: the reference's integers and layer-by-layer test vectors, as files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from grader.editions.loader import Edition, default_edition_id, load_edition
from grader.locations import DataUnusableError, cache_folder

if TYPE_CHECKING:
    from collections.abc import Callable

    from grader.vectors.vector_files import Put
    from reference.datasets import Data

ENDINGS = ("csv", "hex", "npy")

# Before each paragraph whose lines stay as they are, click wants a backspace.
HELP = """
Write the quantized reference network, and what each layer computes, for hardware.

\b
weights/LAYER.weight.csv            integers of 8 bits
weights/LAYER.bias.csv              integers of 32 bits
fixed_scale.json                    the images' scale, and each layer's m
activations/imgK/input.csv          the pixels, real numbers
activations/imgK/LAYER/input.csv    what enters the layer: 8 bits
activations/imgK/LAYER/output.csv   its sums: 32 bits; of pooling: 8 bits
activations/imgK/output.csv         the network's integers: 8 bits

\b
What enters the first layer:  clamp(round(pixel * quant), -128, 127)
What a layer adds up:         sum = W x + b, exactly
What enters the next one:     clamp((sum * m) >> 16, 0, 127) after a ReLU,
                              clamp((sum * m) >> 16, -128, 127) otherwise

\b
grader vectors --zip parameter.zip
grader vectors --format hex --images 10 --out vectors
In Verilog:  reg [7:0] weight [0:149];
             $readmemh("vectors/weights/conv1.conv.weight.hex", weight);
"""

EditionOption = Annotated[
    str | None,
    typer.Option("--edition", metavar="ID", help="Whose network; see 'grader editions'."),
]
DataOption = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="DIR",
        help="The data set, as for 'grader check'. Without it, the network that was trained on"
        " the embedded sample is written.",
    ),
]
ImagesOption = Annotated[
    int,
    typer.Option(
        "--images", metavar="N", min=1, max=10_000, help="How many images of the test set."
    ),
]
FormatOption = Annotated[
    str,
    typer.Option(
        "--format",
        metavar="|".join(ENDINGS),
        help="csv: %.18e, one number a line, as numpy.savetxt writes them and as a parameter.zip"
        " is handed in. hex: two's complement, one number a line, for $readmemh: 2 digits for"
        " weights and activations, 8 for sums, bias and scales. npy: arrays of the layers' shapes"
        " in int8 and int32.",
    ),
]
ZipOption = Annotated[
    Path | None,
    typer.Option("--zip", metavar="FILE", help="Write one archive; an older one is replaced."),
]
OutOption = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="Write into a new or empty folder.")
]


def vectors(  # noqa: PLR0913, PLR0917  a command's options are its parameters
    context: typer.Context,
    edition: EditionOption = None,
    data: DataOption = None,
    images: ImagesOption = 100,
    form: FormatOption = ENDINGS[0],
    archive: ZipOption = None,
    out: OutOption = None,
) -> None:
    """Write the quantized reference network, and what each layer computes, for hardware."""
    if form not in ENDINGS:
        msg = f"{form!r} is none of {', '.join(ENDINGS)}"
        raise typer.BadParameter(msg, param_hint="--format")
    if (archive is None) == (out is None):
        msg = "say where: --zip FILE for one archive, or --out DIR for a folder"
        raise typer.BadParameter(msg)
    chosen = load_edition(edition or default_edition_id())
    quiet = bool(context.obj["quiet"])
    count = 0
    with _bar(images, quiet=quiet) as step, _place(archive, out) as put:
        for path, content in _files(chosen, data, images, form, step):
            put(path, content)
            count += 1
    if not quiet:
        said = f"{archive or out}: {count:,} files of {chosen.id}, {images} images"
        Console().print(Text(said), soft_wrap=True)


def _place(archive: Path | None, out: Path | None) -> AbstractContextManager[Put]:
    from grader.vectors.vector_files import into_folder, into_zip

    return into_zip(archive) if archive else into_folder(out or Path())


def _files(
    edition: Edition, directory: Path | None, images: int, form: str, step: Callable[[int], None]
) -> Iterator[tuple[str, bytes]]:
    """Yield every file with its path; *step* is told how many images are done."""
    from grader.vectors.reference_network import first_images, reference_parameters
    from grader.vectors.vector_files import image_files, parameter_files
    from reference.checkpoints import CheckpointError

    data = _open(edition, directory)
    pixels = first_images(edition, data, images)
    try:
        parameters = reference_parameters(edition, data, images)
    except CheckpointError as error:
        raise DataUnusableError(str(error)) from None
    yield from parameter_files(parameters, form)
    for image, path, content in image_files(parameters, pixels, form):
        step(image)
        yield path, content
    step(images)


def _open(edition: Edition, directory: Path | None) -> Data:
    from reference.datasets import DataError, open_data

    shape = edition.file.network.input_shape
    try:
        return open_data(directory, edition.file.data.name, cache_folder(), shape=shape)
    except DataError as error:
        raise DataUnusableError(str(error)) from None


@contextmanager
def _bar(images: int, *, quiet: bool) -> Iterator[Callable[[int], None]]:
    """Give what shows how many images are done, on standard error where that is a terminal."""
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield lambda _done: None
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("Images", total=images)
        yield lambda done: bar.update(task, completed=done)
