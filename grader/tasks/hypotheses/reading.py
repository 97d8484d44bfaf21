"""Mistakes in the code around the maths: what was asked for was not there, or not returned."""

from __future__ import annotations

import ast
import difflib
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from grader.border.answers import Answer, BiasAnswer, ScaleAnswer, WeightAnswer
from grader.border.conventions import Floats, describe
from grader.border.probes import Probe
from grader.editions.recognition import Recognised
from grader.editions.schema import Role, TaskSpec
from grader.intake.lexical.definitions import find_return, named_functions
from grader.intake.model import Cell, NotRun, Problem, ProblemKind, Program
from grader.intake.program.undefined import UndefinedFunction, UndefinedReason, find_undefined
from grader.sandbox.calls.error_messages import missing_name
from grader.sandbox.calls.replies import CallError, LoadReport
from grader.sandbox.protocol import Value as Returned
from grader.tasks.conduct import STUB_TOLERANCE, place
from grader.tasks.hypotheses import source
from grader.tasks.hypotheses.fit import Fit, fit
from grader.words.message import Message, Value, plain, say
from grader.words.numbers import significant
from grader.words.places import probe_name

_UNREAD = (ProblemKind.SYNTAX_ERROR, ProblemKind.CONFLICT_MARK)
# What Python raises where something was never set.
_LACKS_SOMETHING = frozenset(
    ("KeyError", "NameError", "AttributeError", "IndexError", "StopIteration", "ZeroDivisionError")
)
# What Python says of a method that has self, called on its class with one argument too few.
_UNBOUND = re.compile(r"\b([A-Za-z_]\w*\.\w+)\(\) missing \d+ required positional argument")
_STOPS = ("exited", "crashed", "out_of_memory", "forbidden", "too_large", "garbled")
_NOT_POSITIVE = "reason.scale-not-positive"
_TENSORS = (Role.QUANTIZED_WEIGHTS, Role.QUANTIZED_BIAS, Role.LOGITS)

_SCALES = (Role.WEIGHT_SCALE, Role.INPUT_SCALE, Role.REQUANTIZE_SCALE, Role.OUTPUT_SCALE)
_CONSTANTS = ("weights-scale-constant", "input-scale-hard-coded", "activations-scale-constant")
# How alike a name is to the one that was meant: 1 is equal. Within a function, short names abound.
ALIKE_FUNCTIONS, ALIKE_IN_CODE = 0.8, 0.85
FEWEST_LEVELS = 7  # an array of smaller integers tells nothing


@dataclass(frozen=True, kw_only=True)
class Text:
    """The text that was handed in; empty where the caller has none."""

    program: Program | None = None
    loaded: LoadReport | None = None
    cells: Sequence[Cell] = ()
    text_cells: Sequence[Cell] = ()  # of the notebook: markdown and raw ones
    asked: frozenset[str] = frozenset()  # the functions' own names, which are no misspellings
    other: Recognised | None = None  # the edition that it was written for, where it is another

    def place(self, callable_path: str) -> Message | None:
        """Return where a function returns, or where it begins; None where it is not known."""
        if self.program is None:
            return None
        place = find_return(self.program, callable_path) or self.program.defined.get(callable_path)
        return None if place is None else place.told

    def function_names(self) -> set[str]:
        """Return the last names of all functions that are defined anywhere in the submission."""
        names = {n for cell in self.cells for n in named_functions(cell.source)}
        names |= {n.rpartition(".")[2] for n in (self.program.defined if self.program else ())}
        return names | {n.rpartition(".")[2] for n in (self.loaded.defined if self.loaded else ())}


# -- calls that gave no value -------------------------------------------------------------------


def explain_error(task: TaskSpec, answers: Sequence[Answer], text: Text) -> list[Fit]:
    """Return why a function gave no value, from the first call that failed."""
    failed = next((a for a in answers if a.error is not None), None)
    error = failed.error if failed is not None else None
    return [] if failed is None or error is None else _explained(task, failed.probe, error, text)


def _explained(task: TaskSpec, probe: str, error: CallError, text: Text) -> list[Fit]:
    numbers = {"probe": _asked_for(task, probe), "message": error.message}
    if error.kind == "not_found":
        return [_missing(task, text)]
    if error.kind == "timed_out":
        return [fit("function-times-out", **numbers)]
    if error.kind == "used_up":
        return [fit("time-used-up", **numbers)]
    if error.kind == "raised":
        return [_raised(task, error, numbers, text)]
    if error.kind in _STOPS:
        return [Fit(finding="function-stops-python", values=numbers, where=where_of(error))]
    return []


def _asked_for(task: TaskSpec, probe: str) -> Value:
    """Return what a call was made with: a pass has a name of ours, and runs on images."""
    takes_images = Role.IMAGES in {b.role for b in task.arguments}
    return say("where", "images") if takes_images else probe_name(probe)


def where_of(error: CallError) -> Message | None:
    """Return the cell and line of an error in the student's code, None where not known."""
    known = error.line is not None and (error.cell is not None or error.file)
    return place(error) if known else None


def _raised(task: TaskSpec, error: CallError, numbers: dict[str, Value], text: Text) -> Fit:
    name = missing_name(error) if error.exception == "NameError" else None
    unread = _unread_place(name, text) if name else None
    if name and unread:
        values = {**numbers, "name": name, "cell": unread}
        return Fit(finding="name-in-unread-code", values=values, where=where_of(error))
    if name in task.stub.undefined and source.only_returns(
        source.find_function(text.program, task.callable)
    ):
        stub: dict[str, Value] = {"value": say("value", "stub-undefined", name=name or "")}
        return Fit(finding="template-stub", values=stub, where=where_of(error))
    left_out = _left_out(task, error, text)
    if left_out is None and name and (meant := _meant(name, task, text)):
        values = {**numbers, "name": name, "meant": meant}
        return Fit(finding="name-misspelled", values=values, where=where_of(error))
    if left_out is None and (method := _bound_method(error, text)):
        values = {**numbers, "method": method.rpartition(".")[2]}
        return Fit(finding="static-method-missing", values=values, where=text.place(method))
    if left_out is None:
        return Fit(finding="function-raises", values=numbers, where=where_of(error))
    cell, effect = left_out.place.told, plain(left_out.effect)
    shown: dict[str, Value] = {"statement": left_out.code, "cell": cell, "effect": effect}
    return Fit(finding="statement-not-run", values=numbers | shown, where=where_of(error))


def _meant(name: str, task: TaskSpec, text: Text) -> str:
    """Return the name that is meant by one which nothing defines, ``""`` where none is alike."""
    code = source.find_function(text.program, task.callable)
    known = {*source.names_bound_in(code), *text.function_names()} - {name}
    return next(
        iter(difflib.get_close_matches(name, sorted(known), n=1, cutoff=ALIKE_IN_CODE)), ""
    )


def _bound_method(error: CallError, text: Text) -> str:
    """Return the method of the template's that has self, where it was called as a static one."""
    found = _UNBOUND.search(str(error.message)) if error.exception == "TypeError" else None
    method = found[1] if found else ""
    code = source.find_function(text.program, method) if method else None
    if method.rpartition(".")[2] not in text.asked or not isinstance(code, ast.FunctionDef):
        return ""
    has_self = [argument.arg for argument in code.args.args[:1]] == ["self"]
    return method if has_self and not code.decorator_list else ""


def _unread_place(name: str, text: Text) -> Message | None:
    """Return where a name is defined in what does not run, None where it is not."""
    problem = _unread(name, text)
    if problem is not None and problem.place is not None:
        return problem.place.told
    found = find_undefined(name, text.cells, text.text_cells)
    if found is None or found.why is UndefinedReason.NESTED:  # a function's own
        return None
    text_cell = say("where", "text-cell", index=found.index)
    return text_cell if found.place is None else found.place.told


def _lacks_something(error: CallError) -> bool:
    return error.exception in _LACKS_SOMETHING or "NoneType" in str(error.message)


def _left_out(task: TaskSpec, error: CallError, text: Text) -> NotRun | None:
    """Return a statement that was not run, where what it sets may be what is missing."""
    if text.program is None or not _lacks_something(error):
        return None
    left_out = text.program.not_run.get(task.callable.partition(".")[0], ())
    return left_out[-1] if left_out else None


def _missing(task: TaskSpec, text: Text) -> Fit:
    name = task.called
    unread = _unread(task.callable, text)
    if unread is not None and unread.place is not None:
        cell = unread.place.told
        values = {"message": unread.message, "cell": cell}
        return Fit(finding=_unread_finding(unread), values=values, where=cell)
    elsewhere = find_undefined(task.callable, text.cells, text.text_cells)
    if elsewhere is not None:
        return _fit_elsewhere(elsewhere)
    asked = {name, *text.asked}
    near = difflib.get_close_matches(
        name, sorted(text.function_names() - asked), n=1, cutoff=ALIKE_FUNCTIONS
    )
    nearest = say("value", "nearest-name", name=near[0]) if near else ""
    return fit("function-missing", nearest=nearest)


def _fit_elsewhere(found: UndefinedFunction) -> Fit:
    cell = None if found.place is None else found.place.told
    if found.why is UndefinedReason.NESTED:
        owner = found.owner or "..."
        return Fit(
            finding="function-nested", values={"owner": owner, "cell": cell or ""}, where=cell
        )
    if found.why is UndefinedReason.COMMENT:
        return Fit(finding="function-commented-out", values={"cell": cell or ""}, where=cell)
    return fit("function-in-text-cell", index=found.index)


def _unread_finding(problem: Problem) -> str:
    if problem.kind is ProblemKind.CONFLICT_MARK:
        return "conflict-mark-hides-function"
    in_script = problem.place is None or problem.place.cell is None
    return "syntax-error-in-script" if in_script else "syntax-error-hides-function"


def _unread(path: str, text: Text) -> Problem | None:
    """Return the problem of the text in which the definition of a function or its class stands."""
    problems = text.program.problems if text.program else ()
    unread = [p for p in problems if p.kind in _UNREAD and p.place is not None]
    class_name, _, name = path.rpartition(".")
    defined = text.program.defined if text.program else {}
    hidden = {name} | ({class_name} if class_name and class_name not in defined else set())
    exact = [problem for problem in unread if hidden & {*problem.hides}]
    return exact[-1] if exact else next((p for p in unread if _stands_at(name, p, text)), None)


def _stands_at(name: str, problem: Problem, text: Text) -> bool:
    """Return whether a function is defined in the cell of a problem."""
    assert problem.place is not None
    place = (problem.place.file, problem.place.cell)
    return any(
        (cell.file, cell.number) == place and name in named_functions(cell.source)
        for cell in text.cells
    )


# -- values that are not what was asked for -----------------------------------------------------


def explain_returns(task: TaskSpec, answers: Sequence[Answer]) -> list[Fit]:
    """Return what is wrong with the returned values' number, order, kind or type."""
    wrong = [a for a in answers if not a.usable or _dtype(a) not in ("", "float32") or _is_nan(a)]
    if not wrong or wrong[0].whole is None:
        return []
    answer = wrong[0]
    whole = wrong[0].whole
    numbers = {"probe": _asked_for(task, answer.probe), "actual": describe(_shown_of(task, whole))}
    finding = (
        _wrong_order(task, whole)
        or _wrong_count(task, whole)
        or _not_finite(task, answer)
        or _wrong_type(task, whole)
    )
    return [fit(finding, **numbers)] if finding else []


def _shown_of(task: TaskSpec, whole: Returned) -> Returned:
    """Return the part of what was returned that is of a wrong type, else all of it."""
    if len(whole.items) != len(task.returns):
        return whole
    for part, binding in zip(whole.items, task.returns, strict=True):
        if binding.role in _TENSORS and part.kind == "tensor" and part.dtype != "float32":
            return part
        if binding.role in _SCALES and part.number is not None and not part.number > 0.0:
            return part
    return whole


def _wrong_order(task: TaskSpec, whole: Returned) -> str:
    if len(task.returns) != 2 or len(whole.items) != 2:
        return ""
    first, second = whole.items
    swapped = first.number is not None and second.kind in ("tensor", "array")
    return "return-values-swapped" if swapped and second.number is None else ""


def _wrong_count(task: TaskSpec, whole: Returned) -> str:
    many = whole.kind in ("tuple", "list")
    count = len(whole.items) if many else int(whole.kind != "none")
    if count < len(task.returns):
        return "return-value-missing"
    if count > len(task.returns):
        return "return-count-wrong"
    missing = any(item.kind == "none" for item in whole.items)
    return "return-value-missing" if missing else ""


def _not_finite(task: TaskSpec, answer: Answer) -> str:
    whole = answer.whole
    parts = (whole.items or (whole,)) if whole is not None else ()
    numbers = [part.number for part in parts if part.number is not None]
    gives_weights = Role.QUANTIZED_WEIGHTS in {b.role for b in task.returns}
    if _is_nan(answer) or any(not math.isfinite(n) for n in numbers):
        return "weights-not-a-number" if gives_weights else "value-not-finite"
    not_positive = answer.problem is not None and answer.problem.code == _NOT_POSITIVE
    return "scale-not-positive" if numbers and not_positive else ""


def _wrong_type(task: TaskSpec, whole: Returned) -> str:
    tensors = [b.role in _TENSORS for b in task.returns]
    parts = whole.items or (whole,)
    for part, is_tensor in zip(parts, tensors, strict=False):
        if is_tensor and part.kind in ("array", "list", "tuple"):
            return "array-instead-of-tensor"
        if is_tensor and part.kind == "tensor" and part.dtype != "float32":
            whole_numbers = (part.dtype or "").startswith(("int", "uint", "bool"))
            return "integer-dtype-returned" if whole_numbers else "tensor-not-float32"
    return ""


def _dtype(answer: Answer) -> str:
    return answer.dtype if isinstance(answer, WeightAnswer | BiasAnswer) else ""


def _is_nan(answer: Answer) -> bool:
    if not isinstance(answer, WeightAnswer | BiasAnswer) or answer.whole is None:
        return False
    tensors = (v for v in (answer.whole.items or (answer.whole,)) if v.kind == "tensor")
    return any(bool((~np.isfinite(v.data)).any()) for v in tensors)


def explain_quantized_values(prefix: str, answers: Sequence[ScaleAnswer]) -> list[Fit]:
    """Return whether every answer is the quantized array itself instead of its scale."""
    for a in answers:
        data = a.whole.data if a.whole is not None else None
        if not isinstance(data, np.ndarray) or data.size != a.array.size or data.size < 2:
            return []
        if not _is_quantized(data.reshape(-1).astype(np.float64), a):
            return []
    shown = answers[0].whole
    numbers = {"actual": describe(shown)} if shown is not None else {}
    return [fit(f"{prefix}-quantized-values-returned", **numbers)] if answers else []


def _is_quantized(integers: Floats, a: ScaleAnswer) -> bool:
    """Return whether *integers* are the array in some number of levels, two off at most."""
    largest = float(np.abs(integers).max())
    if not FEWEST_LEVELS <= largest < math.inf or not a.largest:
        return False
    whole = np.array_equal(integers, np.rint(integers))
    return whole and bool(np.abs(integers / largest - a.array / a.largest).max() <= 2 / largest)


# -- conduct, and the template ------------------------------------------------------------------


def explain_conduct(answers: Sequence[Answer], failed: frozenset[str]) -> list[Fit]:
    """Return what the checks on arguments and on repeated calls have shown."""
    found = []
    if "unchanged" in failed:
        role = next((a.changed for a in answers if a.changed), "")
        if role:
            found.append(fit("argument-changed-in-place", argument=role))
    if "repeatable" in failed:
        found.append(Fit(finding="function-not-deterministic", values=_two_answers(answers)))
    return found


def _two_answers(answers: Sequence[Answer]) -> dict[str, Value]:
    names = ((Probe.SKEWED, Probe.REPEATED), (Probe.BASE, Probe.REPEATED))
    by_name = {a.probe: a for a in answers}
    for first, second in names:
        if first in by_name and second in by_name:
            pair = (_summary(by_name[first]), _summary(by_name[second]))
            return {"actual": pair[0], "other": pair[1]}
    return {"actual": say("value", "one-answer"), "other": say("value", "other-answer")}


def _summary(answer: Answer) -> Value:
    if isinstance(answer, BiasAnswer):
        return f"{answer.integers.reshape(-1)[:1].sum():.6g}, …"
    step = answer.step if isinstance(answer, WeightAnswer | ScaleAnswer) else math.nan
    return plain(significant(answer.written(step), 6))


def as_stub(task: TaskSpec, found: Sequence[Fit], code: ast.AST | None) -> list[Fit]:
    """Rename the fits that the template's own answer explains as well."""
    renamed = []
    for one in found:
        value: Value = ""
        if one.finding in _CONSTANTS and _is_stub_scale(task, float(str(one.values["c"]))):
            value = plain(task.stub.scale)
        if one.finding == "bias-not-scaled" and _is_stub_factor(task, code):
            value = say("value", "stub-bias", number=task.stub.factors[0])
        renamed.append(fit("template-stub", value=value) if value else one)
    return renamed


def _is_stub_scale(task: TaskSpec, scale: float) -> bool:
    """Return whether a scale, as the edition writes it, is the template's."""
    returns_one = any(binding.role in _SCALES for binding in task.returns)
    stub = task.stub.scale if returns_one else None
    return stub is not None and math.isclose(scale, stub, rel_tol=STUB_TOLERANCE)


def _is_stub_factor(task: TaskSpec, code: ast.AST | None) -> bool:
    """Return whether a bias is left as the template has it: by its factor, and nothing else."""
    ignores = source.ignores_arguments(code, after=1)
    return ignores and not {*task.stub.factors}.isdisjoint(source.numbers_in(code))
