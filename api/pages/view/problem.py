"""An error as a page says it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from api.auth.redirects import local_path
from api.models import Run
from api.pages.messages import Words
from api.problems import Problem
from grader.reasons import Reason, tell

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


@dataclass(frozen=True, kw_only=True)
class ProblemPage:
    """What was found, what to do, and what to quote."""

    status: str
    title: str
    detail: str
    request_id: str
    back: str


def build_problem(problem: Problem, request_id: str, t: Words, *, back: str) -> ProblemPage:
    """Return the page; *back* is where the browser says that it came from."""
    key = TITLES.get(problem.status, "our_fault" if problem.status >= 500 else "bad_request")
    return ProblemPage(
        status=str(problem.status),
        title=t(f"problem.{key}"),
        detail=problem_words(problem, t),
        request_id=request_id if problem.status >= 500 else "",
        back=local_path(urlsplit(back).path, "") if back else "",
    )


def problem_words(problem: Problem, t: Words) -> str:
    """Return the problem in the page's language where it has words for it, else as it stands."""
    if problem.reasons:
        words = t("problem.joiner").join(one.said_in(t.language) for one in problem.reasons)
        return _begun(words, problem.reasons[0]) + t("problem.stop")
    translated = t.own.sentences.get(f"problems.{problem.code}", "")
    words = translated or problem.detail
    return words[:1].upper() + words[1:] + ("" if words.endswith((".", "。")) else ".")


def reason_words(run: Run, t: Words) -> str:
    """Return why a run was refused or is ungraded, in the page's language where it is known."""
    words = tell(run.reason, t.language, run.message)
    return words + ("" if words.endswith((".", "。")) else t("problem.stop"))


def _begun(words: str, first: Reason) -> str:
    """Return a sentence with a capital, unless it begins with the name of a student's file."""
    file = str(first.parameters.get("file", "\0"))
    return words if words.startswith(file) else words[:1].upper() + words[1:]
