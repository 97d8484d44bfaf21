"""Editions from their folders: ``<id>/edition.toml`` and ``<id>/rubric.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from grader.editions.rubric import Criterion, RubricFile, remark_on
from grader.editions.schema import EditionFile, Rung, TaskSpec
from grader.editions.strict import Strict
from grader.errors import EditionError
from grader.words.catalogue import claims
from reference.spec import NetworkSpec, QuantScheme

FOLDER = Path(__file__).parent
Table = TypeVar("Table", bound=Strict)
Toml = dict[str, Any]  # what tomllib gives; the schema is what gives it types


@dataclass(frozen=True, kw_only=True)
class Edition:
    """One variant of the lab: its files, read and found consistent."""

    file: EditionFile
    rubric: RubricFile
    network: NetworkSpec
    bias_network: NetworkSpec
    scheme: QuantScheme

    @property
    def id(self) -> str:
        """Return the edition's id, ``<course>-<year>``."""
        return self.file.id

    def task(self, task_id: str) -> TaskSpec:
        """Return the task of that id; raise StopIteration where the edition has none."""
        return next(task for task in self.file.tasks if task.id == task_id)


def edition_ids(folder: Path = FOLDER) -> tuple[str, ...]:
    """Return the ids of all editions there are, sorted."""
    return tuple(sorted(path.parent.name for path in folder.glob("*/edition.toml")))


def default_edition_id(folder: Path = FOLDER) -> str:
    """Return the id of the edition that is used when none is named."""
    defaults = [i for i in edition_ids(folder) if load_edition(i, folder=folder).file.default]
    if len(defaults) != 1:
        found = ", ".join(defaults) or "none"
        msg = f"{folder.name}: exactly one edition must say 'default = true' (found: {found})"
        raise EditionError(msg)
    return defaults[0]


@cache
def load_edition(edition_id: str, *, folder: Path = FOLDER) -> Edition:
    """Return the edition of that id; raises EditionError saying where, what and what to do."""
    if edition_id not in edition_ids(folder):
        known = ", ".join(edition_ids(folder)) or "none"
        msg = f"there is no edition {edition_id!r} (known: {known}); see docs/adding-an-edition.md"
        raise EditionError(msg)
    file = _validate(f"{edition_id}/edition.toml", _tables(folder, edition_id), EditionFile)
    rubric_tables = _rubric_tables(folder, edition_id)
    edition = Edition(
        file=file,
        rubric=_validate(f"{edition_id}/rubric.toml", rubric_tables, RubricFile),
        network=file.network.plain(),
        bias_network=file.network.biased(),
        scheme=QuantScheme(
            bits=file.quantization.bits, fraction_bits=file.quantization.fraction_bits
        ),
    )
    _check_consistency(edition, edition_id)
    return edition


def with_written(edition: Edition) -> Edition:
    """Return an edition whose rubric also has the sheet's written questions, for people."""
    known = {criterion.id for criterion in edition.rubric.criteria}
    asked = [remark_on(one) for one in edition.file.written if one.question]
    criteria = (*edition.rubric.criteria, *(one for one in asked if one.id not in known))
    return replace(edition, rubric=edition.rubric.model_copy(update={"criteria": criteria}))


def _tables(folder: Path, edition_id: str, above: tuple[str, ...] = ()) -> Toml:
    """Return an edition's tables, laid over those of the edition that it extends."""
    own = _parse(folder / edition_id / "edition.toml")
    base = own.pop("extends", None)
    if base is None:
        return own
    if base not in edition_ids(folder) or base == edition_id:
        msg = f"{edition_id}/edition.toml: extends = {base!r} names no other edition"
        raise EditionError(msg)
    if base in above:
        msg = f"{edition_id}/edition.toml: extends = {base!r} leads round in a circle"
        raise EditionError(msg)
    inherited = _tables(folder, base, (*above, edition_id))
    inherited.pop("default", None)
    return _overlay(inherited, own)


def _rubric_tables(folder: Path, edition_id: str) -> Toml:
    """Return the edition's own rubric, or that of the edition which it extends."""
    path = folder / edition_id / "rubric.toml"
    base = _parse(folder / edition_id / "edition.toml").get("extends")
    if base is None or path.exists():
        return _parse(path)
    return _rubric_tables(folder, base)


def _overlay(base: Toml, own: Toml) -> Toml:
    """
    Return *base* with the keys of *own* put over it; lists of tables are matched by id.

    A title is replaced as a whole: what it was called in one language says nothing of another.
    """
    merged = dict(base)
    for key, value in own.items():
        before = merged.get(key)
        known, changed = _by_id(before), _by_id(value)
        if isinstance(before, dict) and isinstance(value, dict) and "en" not in before:
            merged[key] = _overlay(before, value)
        elif known and changed:
            both = [_overlay(table, changed.pop(name, {})) for name, table in known.items()]
            merged[key] = [*both, *changed.values()]
        else:
            merged[key] = value
    return merged


def _by_id(value: object) -> dict[str, Toml]:
    """Return a list's tables by their ids; none where it is no list, or not all have one."""
    tables = value if isinstance(value, list) else []
    has_ids = all(isinstance(table, dict) and "id" in table for table in tables)
    return {str(table["id"]): table for table in tables} if has_ids else {}


def _parse(path: Path) -> Toml:
    where = f"{path.parent.name}/{path.name}"
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        msg = f"{where} is missing; see docs/adding-an-edition.md"
        raise EditionError(msg) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        msg = f"{where} is not valid TOML: {error}"
        raise EditionError(msg) from None


def _validate(where: str, tables: Toml, table: type[Table]) -> Table:
    try:
        return table.model_validate(tables)
    except ValidationError as error:
        raise EditionError(explained(where, error)) from None


def explained(where: str, error: ValidationError) -> str:
    """Return the first thing that is wrong with a file: where, what was found, what to do."""
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"]) or "the file"
    found = f" (found: {first['input']!r})" if first["type"] != "value_error" and key else ""
    more = f"; {error.error_count() - 1} more" if error.error_count() > 1 else ""
    told = first["msg"].removeprefix("Value error, ")
    return f"{where}: {key}: {told}{found[:120]}{more}; see docs/adding-an-edition.md"


def _check_consistency(edition: Edition, folder_name: str) -> None:
    if edition.id != folder_name:
        msg = f"{folder_name}/edition.toml: id is {edition.id!r}, but the folder says otherwise"
        raise EditionError(msg)
    for criterion in edition.rubric.criteria:
        _check_criterion(edition, criterion)
    for task in edition.file.tasks:
        _check_layer(edition, task)
    for place, rung in enumerate(edition.file.ladder):
        _check_rung(edition, rung, before=edition.file.ladder[:place])
    _check_challenge(edition)
    _check_shapes(edition)


def _check_challenge(edition: Edition) -> None:
    """Points for an extra challenge need a sheet that has one."""
    if edition.rubric.bonus and edition.file.challenge is None:
        msg = (
            f"{edition.id}/rubric.toml: bonus {edition.rubric.bonus[0].id!r} is for an extra"
            f" challenge, but {edition.id}/edition.toml has no [challenge]; add it, or leave the"
            " bonus out"
        )
        raise EditionError(msg)


def _check_layer(edition: Edition, task: TaskSpec) -> None:
    """A task that is about one layer's bias names one that has a bias."""
    if task.layer and task.layer not in edition.file.network.bias_layers:
        known = ", ".join(edition.file.network.bias_layers) or "none"
        msg = (
            f"{edition.id}/edition.toml: the {task.id} task's layer {task.layer!r} is not one of"
            f" network.bias_layers ({known})"
        )
        raise EditionError(msg)


def _check_rung(edition: Edition, rung: Rung, before: Sequence[Rung]) -> None:
    where = f"{edition.id}/edition.toml: rung {rung.id!r} of the ladder"
    tasks = {task.id for task in edition.file.tasks}
    unknown = next((name for name in rung.uses if name not in tasks), None)
    if unknown is not None:
        msg = f"{where} uses {unknown!r}, which is no task ({', '.join(sorted(tasks))})"
        raise EditionError(msg)
    if rung.against and rung.against not in {one.id for one in before}:
        msg = f"{where} is against {rung.against!r}, which is no rung before it"
        raise EditionError(msg)
    for name in filter(None, (rung.charge, rung.charge_pass)):
        _check_name(where, name)


def _check_criterion(edition: Edition, criterion: Criterion) -> None:
    where = f"{edition.id}/rubric.toml: criterion {criterion.id!r}"
    if criterion.checks and criterion.task not in {task.id for task in edition.file.tasks}:
        msg = f"{where} names no task"
        raise EditionError(msg)
    for name in (*criterion.checks, *criterion.rests_on):
        _check_name(where, name)


def _check_name(where: str, name: str) -> None:
    """Raise EditionError for a check that there is not."""
    known = claims()
    if name not in known:
        near = get_close_matches(name, known, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else "; see docs/adding-an-edition.md"
        msg = f"{where}: there is no check {name!r}{hint}"
        raise EditionError(msg)


def _check_shapes(edition: Edition) -> None:
    layers = edition.network.layers
    for layer, (given, _) in zip(layers, edition.network.shapes(), strict=True):
        if layer.has_weights and layer.in_features != given[0]:
            msg = (
                f"{edition.id}/edition.toml: layer {layer.name!r} says in_features ="
                f" {layer.in_features}, but {given[0]} arrive"
            )
            raise EditionError(msg)
