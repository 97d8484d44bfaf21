"""``grader vectors``: a network's integers and layer-by-layer test vectors, as files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from grader import grading, locations
from grader.cli import display
from grader.cli.commands.check import LanguageOption, OwnCodeOption, StudentSecondsOption
from grader.cli.inputs import read_files, told_in
from grader.cli.options.checked import obstacle
from grader.cli.translator import Translator
from grader.editions.loader import Edition, default_edition_id, load_edition
from grader.locations import DataUnusableError
from grader.sandbox import policy
from grader.sandbox.budget import STUDENT_SECONDS
from grader.words.catalogue import LANGUAGES
from grader.words.message import listed

if TYPE_CHECKING:
    from collections.abc import Callable

    Progressing = Callable[[Edition], AbstractContextManager[display.Show]]

    from grader.border.conventions import Floats
    from grader.vectors.integer_parameters import IntegerParameters
    from grader.vectors.submitted_network import Part
    from grader.vectors.vector_files import Put

ENDINGS = ("csv", "hex", "npy")
NETWORKS = ("ptq", "qat")
SEED = 0  # of the probes: which numbers are accepted hardly depends on them

# Before each paragraph whose lines stay as they are, click wants a backspace.
HELP = """
Write a quantized network, and what each layer computes, for hardware.

With FILE it is the submission's: its functions run in the sandbox as in 'grader check', and the
weights, scales and bias that the checks accept are written. For those that they do not accept the
reference's stand in; it is said which, and why. Without FILE it is the reference's own network.
With --network qat, the submission's function for fixed-point scales is called with those of the
reference's trained network, and what it returns is written beside that one's weights.

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
Of a float multiplier M:      m = round(M * 2^16), quant = round(1 / s_I)

A forward pass in another right form (rounding, a divisor, real numbers) is not in the files: they
are computed as above, for every submission and in every edition.

\b
grader vectors --zip parameter.zip
grader vectors homework.zip --zip vectors.zip
grader vectors --edition cs5120-2024 --network qat --zip parameter.zip
grader vectors quantutils.py --network qat --zip parameter.zip
grader vectors quantutils.py --format hex --images 10 --out vectors
In Verilog:  reg [7:0] weight [0:149];
             $readmemh("vectors/weights/conv1.conv.weight.hex", weight);
"""

Files = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="FILE",
        help="Everything one student handed in, as for 'grader check'. Without it, the reference's"
        " network is written.",
        show_default=False,
    ),
]
EditionOption = Annotated[
    str | None,
    typer.Option(
        "--edition",
        metavar="ID",
        help="Whose network (default: of the edition that FILE was written for); see 'grader"
        " editions'.",
    ),
]
NetworkOption = Annotated[
    str,
    typer.Option(
        "--network",
        metavar="|".join(NETWORKS),
        help="ptq: quantized after training. qat: the reference's that was trained with fake"
        " quantization, in editions that do so; with FILE, in the fixed-point scales and bias that"
        " the submission's own function makes of it.",
    ),
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


@dataclass(frozen=True, kw_only=True)
class Made:
    """A network and its images, ready to be written; of a submission also what is whose."""

    edition: Edition
    parameters: IntegerParameters
    pixels: Floats
    parts: Sequence[Part] = ()
    own_code: bool = False


def vectors(  # noqa: PLR0913, PLR0917  a command's options are its parameters
    context: typer.Context,
    files: Files = None,
    edition: EditionOption = None,
    network: NetworkOption = NETWORKS[0],
    data: DataOption = None,
    images: ImagesOption = 100,
    form: FormatOption = ENDINGS[0],
    archive: ZipOption = None,
    out: OutOption = None,
    own_code: OwnCodeOption = False,
    student_seconds: StudentSecondsOption = STUDENT_SECONDS,
    language: LanguageOption = "en",
) -> None:
    """Write a quantized network, and what each layer computes, for hardware."""
    given = files or []
    _require(form, ENDINGS, "--format")
    _require(network, NETWORKS, "--network")
    _require(language, LANGUAGES, "--language")
    _require_place(archive, out, given)
    quiet = bool(context.obj["quiet"])

    def show(chosen: Edition) -> AbstractContextManager[display.Show]:
        return display.progress(chosen.id, language, quiet=quiet)

    if given:
        limits = Limits(own_code=own_code, seconds=student_seconds)
        write = _submitted if network == NETWORKS[0] else _converted
        made = write(given, edition, data, images, limits, show, language)
    else:
        chosen = load_edition(edition or default_edition_id())
        made = _reference(chosen, network, data, images, show)
    count = 0
    with _bar(images, quiet=quiet) as step, _place(archive, out) as put:
        for path, content in _files(made, form, step):
            put(path, content)
            count += 1
    if not quiet:
        _tell(made, f"{archive or out}", count, language)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How a submission's code may run: outside a tight sandbox, too, and for how long."""

    own_code: bool
    seconds: float


def _require(given: str, allowed: Sequence[str], option: str) -> None:
    if given not in allowed:
        msg = f"{given!r} is none of {', '.join(allowed)}"
        raise typer.BadParameter(msg, param_hint=option)


def _require_place(archive: Path | None, out: Path | None, given: Sequence[Path]) -> None:
    """Refuse a place that cannot be written to, or was handed in, before anything is run."""
    from grader.vectors.integer_parameters import VectorsError
    from grader.vectors.vector_files import require_empty

    if (archive is None) == (out is None):
        msg = "say where: --zip FILE for one archive, or --out DIR for a folder"
        raise typer.BadParameter(msg)
    place = archive or out or Path()
    why = obstacle(place.parent if archive else place)
    if archive and archive.is_dir():
        why = "it is a folder"
    if why:
        msg = f"{place}: cannot be written ({why}); choose another place"
        raise VectorsError(msg)
    if archive and archive.exists() and any(_holds(one, archive) for one in given):
        msg = f"{archive}: is part of what was handed in; choose another name for --zip"
        raise VectorsError(msg)
    if out:
        require_empty(out)


def _holds(given: Path, archive: Path) -> bool:
    return archive.resolve().is_relative_to(given.resolve())


def _place(archive: Path | None, out: Path | None) -> AbstractContextManager[Put]:
    from grader.vectors.vector_files import into_folder, into_zip

    return into_zip(archive) if archive else into_folder(out or Path())


def _submitted(  # noqa: PLR0913, PLR0917  a submission, and how it is run
    files: Sequence[Path],
    edition: str | None,
    directory: Path | None,
    images: int,
    limits: Limits,
    show: Progressing,
    language: str,
) -> Made:
    """Return the network of a submission, which is judged as 'grader check' judges it."""
    chosen, handout = read_files(edition, files, language=language)
    level = policy.own_code() if limits.own_code else policy.full()
    sandbox = grading.open_sandbox(
        chosen, handout.program, policy=level, student_seconds=limits.seconds
    )
    with sandbox, show(chosen) as notify:
        notify("Data")
        baseline = locations.open_baseline(chosen, directory, lambda far: notify("Data", far))
        from grader.vectors.images import images_of_baseline
        from grader.vectors.submitted_network import submitted_network

        pixels = images_of_baseline(baseline, images)
        secret = locations.probe_secret()
        run = grading.judge(
            sandbox, chosen, handout, baseline, seed=SEED, secret=secret, notify=notify
        )
    with told_in(language):
        made = submitted_network(run, images)
    return Made(
        edition=chosen,
        parameters=made.parameters,
        pixels=pixels,
        parts=made.parts,
        own_code=limits.own_code,
    )


def _converted(  # noqa: PLR0913, PLR0917  a submission, and how it is run
    files: Sequence[Path],
    edition: str | None,
    directory: Path | None,
    images: int,
    limits: Limits,
    show: Progressing,
    language: str,
) -> Made:
    """Return the trained quantized network by a submission's own fixed-point numbers."""
    chosen, handout = read_files(edition, files, language=language)
    level = policy.own_code() if limits.own_code else policy.full()
    sandbox = grading.open_sandbox(
        chosen, handout.program, policy=level, student_seconds=limits.seconds
    )
    with sandbox, show(chosen) as notify:
        notify("Data")
        from grader.border.student import Student
        from grader.vectors.converted_network import converted_network
        from grader.vectors.images import images_of_data
        from reference.checkpoints import CheckpointError

        data = locations.open_data_set(chosen, directory, lambda far: notify("Data", far))
        pixels = images_of_data(chosen, data, images)
        sandbox.loaded()  # raises here where it does not hold
        with told_in(language):
            try:
                made = converted_network(Student(sandbox=sandbox, edition=chosen), data, images)
            except CheckpointError as error:
                raise DataUnusableError(str(error)) from None
    return Made(
        edition=chosen,
        parameters=made.parameters,
        pixels=pixels,
        parts=made.parts,
        own_code=limits.own_code,
    )


def _reference(
    edition: Edition, network: str, directory: Path | None, images: int, show: Progressing
) -> Made:
    """Return one of the reference's networks."""
    from grader.vectors.images import images_of_data
    from grader.vectors.reference_network import reference_parameters
    from reference.checkpoints import CheckpointError

    with show(edition) as notify:
        notify("Data")
        data = locations.open_data_set(edition, directory, lambda far: notify("Data", far))
        pixels = images_of_data(edition, data, images)
        try:
            parameters = reference_parameters(edition, data, images, network)
        except CheckpointError as error:
            raise DataUnusableError(str(error)) from None
    return Made(edition=edition, parameters=parameters, pixels=pixels)


def _files(made: Made, form: str, step: Callable[[int], None]) -> Iterator[tuple[str, bytes]]:
    """Yield every file with its path; *step* is told how many images are done."""
    from grader.vectors.vector_files import image_files, parameter_files

    yield from parameter_files(made.parameters, form)
    for image, path, content in image_files(made.parameters, made.pixels, form):
        step(image)
        yield path, content
    step(len(made.pixels))


def _tell(made: Made, place: str, count: int, language: str) -> None:
    """Print what was written, and whose numbers it holds."""
    speech, edition, console = Translator(language, made.edition.id), made.edition.id, Console()
    layout = made.parameters.layout
    written = speech(
        "vectors.written", place=place, count=f"{count:,}", edition=edition, images=layout.images
    )
    lines = [written, *_whose(made.parts, speech)]
    if made.edition.scheme.fraction_bits is None:
        note = speech("vectors.real_multipliers", edition=edition, bits=layout.fraction_bits)
        lines.append(speech("note", text=note))
    if made.own_code:
        lines.append(speech("note", text=speech("vectors.own_code")))
    for line in lines:
        console.print(Text(line), soft_wrap=True)


def _whose(parts: Sequence[Part], speech: Translator) -> Iterator[str]:
    """Yield a line for the student's numbers, and one for each task that gave none."""
    titles = {part.task.id: part.task.title.within_a_sentence() for part in parts}
    own = [titles[part.task.id] for part in parts if part.instead is None]
    if own:
        yield speech("vectors.own", tasks=speech.said(listed(own)))
    for part in parts:
        if part.instead is not None:
            task, reason = speech.said(titles[part.task.id]), speech.sentence(part.instead)
            yield speech("vectors.instead", task=task, reason=reason)


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
