"""The page for an error."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote, urlsplit

from api.kit.models import Run
from api.kit.problems import Problem
from api.pages.messages import Words
from api.requests.redirects import local_path
from grader.words.message import Message, tell

TITLES = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    409: "conflict",
    410: "gone",
    413: "too_large",
    415: "unsupported",
    422: "invalid",
    429: "too_many",
    503: "unavailable",
}


KEEPS_TYPED = {"not-logged-in", "csrf"}
OURS = {"csrf_token", "base", "go", "next", "back", "scope", "kind", "idempotency_key"}
SECRET = ("password", "current", "new")


@dataclass(frozen=True, kw_only=True)
class TypedField:
    """A field of a form that was not taken, to be copied from."""

    label: str
    value: str
    lines: int


@dataclass(frozen=True, kw_only=True)
class ProblemPage:
    """What was found, what to do, and what to quote."""

    title: str
    detail: str
    request_id: str
    back: str
    login: str  # the way back in, and from there to where the form was
    typed: tuple[TypedField, ...]


def build_problem(  # noqa: PLR0913  where it came from and what was in it
    problem: Problem,
    request_id: str,
    t: Words,
    *,
    back: str,
    here: str = "/",
    typed: Mapping[str, str] | None = None,
    titles: Mapping[str, str] | None = None,
) -> ProblemPage:
    """
    Return the page; *back* is where the browser says that it came from.

    *typed* are the fields of the form that was sent to *here*: whoever is no longer who they were
    when it was drawn gets what they typed back; *titles* are those of the criteria.
    """
    key = TITLES.get(problem.status, "our_fault" if problem.status >= 500 else "bad_request")
    came_from = _path(back)
    return ProblemPage(
        title=t(f"problem.{key}"),
        detail=problem_words(problem, t),
        request_id=request_id if problem.status >= 500 else "",
        back=came_from if problem.status != HTTPStatus.UNAUTHORIZED else "",
        login=(
            f"/login?next={quote(came_from or here, safe='')}"
            if problem.status == HTTPStatus.UNAUTHORIZED
            else ""
        ),
        typed=tuple(_typed_fields(typed or {}, titles or {}, t))
        if problem.code in KEEPS_TYPED
        else (),
    )


def _typed_fields(
    typed: Mapping[str, str], titles: Mapping[str, str], t: Words
) -> Iterator[TypedField]:
    """Yield what a person wrote, and neither secrets nor what the page put into its form."""
    for name, value in typed.items():
        if value.strip() and name not in OURS and not any(word in name for word in SECRET):
            yield TypedField(
                label=_label(name, titles, t), value=value, lines=value.count("\n") + 1
            )


def _label(name: str, titles: Mapping[str, str], t: Words) -> str:
    """Return what a form's field is called."""
    kind, colon, criterion = name.partition(":")
    if not colon or kind not in {"points", "remark"}:
        return t.own.sentences.get(f"problem.field_{name}", name)
    if not criterion:
        return t("grading.whole")
    return t(f"grading.{kind}", title=titles.get(criterion, criterion))


def _path(url: str) -> str:
    """Return the path and query of an address of this site, else nothing."""
    parts = urlsplit(url)
    query = f"?{parts.query}" if parts.query else ""
    return local_path(f"{parts.path}{query}", "") if url else ""


def problem_words(problem: Problem, t: Words) -> str:
    """Return the problem in the page's language where it has words for it, else as it stands."""
    if problem.reasons:
        words = t("problem.joiner").join(one.said_in(t.language) for one in problem.reasons)
        return _begun(words, problem.reasons[0]) + t("problem.stop")
    translated = t.own.sentences.get(f"problems.{problem.code}", "")
    words = translated or problem.detail
    return (
        words[:1].upper() + words[1:] + ("" if words.endswith((".", "。")) else t("problem.stop"))
    )


def reason_words(run: Run, t: Words) -> str:
    """Return why a run was refused or is ungraded, in the page's language where it is known."""
    words = tell(run.reason, t.language, run.message)
    return words + ("" if words.endswith((".", "。")) else t("problem.stop"))


def _begun(words: str, first: Message) -> str:
    """Return a sentence with a capital, unless it begins with the name of a student's file."""
    file = str(first.values.get("file", "\0"))
    return words if words.startswith(file) else words[:1].upper() + words[1:]
