"""How long it is to a due moment: words for whoever reads them, and what a script counts by."""

from __future__ import annotations

import json
from datetime import timedelta

from markupsafe import Markup

from api.course.terms import Terms
from api.pages.parts.moments import Clock

SECOND = timedelta(seconds=1)
UNITS = ("days", "hours", "minutes")
COUNT = "{count}"  # as the script puts a number in
SPAN = "{span}"


def countdown(terms: Terms, clock: Clock) -> str:
    """
    Return how far a student's due moment is, or how long work is still in time after it.

    The words hold when the page is drawn; ``page.js`` counts on from there by the reader's clock,
    of which only the time that passes matters.
    """
    if terms.due_at is None:
        return ""
    phases = [(terms.due_at, "moments.in")]
    if terms.grace:
        phases.append((terms.due_at + terms.grace, "moments.in_time_for"))
    ahead = [(at - clock.now, key) for at, key in phases if at > clock.now]
    if not ahead:
        return clock.until(terms.due_at)
    left, key = ahead[0]
    html = Markup('<span class="countdown" data-countdown="{}">{}</span>')
    return html.format(_script_words(ahead, clock), clock.t(key, span=clock.span(left)))


def _script_words(ahead: list[tuple[timedelta, str]], clock: Clock) -> str:
    """Return as JSON the phases to come, each with its seconds from now, and all words."""
    t = clock.t
    words = {
        "phases": [[left // SECOND, t(key, span=SPAN)] for left, key in ahead],
        "over": t("moments.over"),
        "both": t("moments.two_units", large="{large}", small="{small}"),
    }
    for unit in UNITS:
        words[unit] = [t(f"moments.{unit}_one"), t(f"moments.{unit}_many", count=COUNT)]
    return json.dumps(words, ensure_ascii=False)
