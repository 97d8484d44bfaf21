"""The workflows that call out, to learning platforms and webhooks, in workers or alone."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dbos import DBOS, SQLAlchemyDatasource

from api.jobs.outages import patiently
from api.jobs.sending.mails import run_alone
from api.kit.queue import LTI_MEMBERS, LTI_QUEUE, LTI_SCORE, WEBHOOK
from api.kit.services import Services
from api.lti.services import members, scores
from api.lti.services.calls import AccessTokens
from api.lti.services.scores import ScoreState
from api.webhooks import delivery

AT_ONCE = 4
POLL_SECONDS = 1.0
DISPATCHES = 1000  # as of runs: DBOS's own limit must never be reached
OURS = "a fault of ours; the log says more"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class PlatformWorkflows:
    """The workflows: send one grade and write down how it went, or read a course's members."""

    services: Services
    recording: SQLAlchemyDatasource
    tokens: AccessTokens = field(default_factory=AccessTokens)

    def send(self, score_id: str) -> str:
        """
        Return what became of a grade.

        A process that dies between the platform's yes and the note sends it again: the platform
        keeps the newest.
        """
        became = DBOS.run_step({"name": "send"}, self._attempt, score_id)
        return str(self.recording.run_tx_step({"name": "note"}, self._note, score_id, became))

    def sync(self, course_id: str, tries: int) -> str:
        """Return what became of reading a course's members."""
        return DBOS.run_step({"name": "sync"}, self._sync, course_id, tries)

    def tell(self, delivery_id: str) -> str:
        """Return what became of an event for a webhook."""
        wrong = DBOS.run_step({"name": "tell"}, self._tell, delivery_id)
        return str(self.recording.run_tx_step({"name": "note"}, self._told, delivery_id, wrong))

    def _tell(self, delivery_id: str) -> str:
        try:
            return patiently(lambda: delivery.attempt(self.services, delivery_id))
        except Exception:
            _log.exception("webhook %s: a fault of ours", delivery_id)
            return OURS

    def _told(self, delivery_id: str, wrong: str) -> str:
        return delivery.note(self.services, self.recording.sql_session(), delivery_id, wrong)

    def _attempt(self, score_id: str) -> dict[str, Any]:
        try:
            return patiently(lambda: scores.attempt(self.services, self.tokens, score_id))
        except Exception:
            _log.exception("grade %s: a fault of ours", score_id)
            return {"state": ScoreState.WAITING, "error": OURS}

    def _note(self, score_id: str, became: Mapping[str, Any]) -> str:
        return scores.note(self.services, self.recording.sql_session(), score_id, became)

    def _sync(self, course_id: str, tries: int) -> str:
        try:
            return patiently(lambda: members.sync(self.services, self.tokens, course_id, tries))
        except Exception:
            _log.exception("members of %s: a fault of ours", course_id)
            return "failed"


def define(services: Services, recording: SQLAlchemyDatasource) -> None:
    """Define the workflows: before DBOS is launched."""
    work = PlatformWorkflows(services=services, recording=recording)

    @DBOS.workflow(name=LTI_SCORE, max_recovery_attempts=DISPATCHES)
    def send(score_id: str) -> str:
        return work.send(score_id)

    @DBOS.workflow(name=LTI_MEMBERS, max_recovery_attempts=DISPATCHES)
    def sync(course_id: str, tries: int) -> str:
        return work.sync(course_id, tries)

    @DBOS.workflow(name=WEBHOOK, max_recovery_attempts=DISPATCHES)
    def tell(delivery_id: str) -> str:
        return work.tell(delivery_id)


def listen() -> None:
    """Begin to take calls off the queue: after DBOS is launched."""
    DBOS.register_queue(
        LTI_QUEUE,
        worker_concurrency=AT_ONCE,
        polling_interval_sec=POLL_SECONDS,
        on_conflict="always_update",
    )


def run(services: Services, stop: threading.Event) -> None:
    """Speak to learning platforms, and grade nothing, until *stop*."""
    run_alone(services, stop, "lti", LTI_QUEUE, define, listen)
