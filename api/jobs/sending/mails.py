"""The workflow that sends mail: in each worker that may, or in a process of its own."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass

from dbos import DBOS, SQLAlchemyDatasource

from api.jobs.lease_keeper import LeaseKeeper
from api.jobs.leases import open_leases
from api.jobs.outages import patiently
from api.kit.queue import MAIL_QUEUE, MAIL_WORKFLOW, open_worker
from api.kit.services import Services
from api.mail import delivery
from api.mail.smtp import TIMEOUT_SECONDS, Sent

AT_ONCE = 2
POLL_SECONDS = 1.0
DISPATCHES = 1000  # as of runs: DBOS's own limit must never be reached
_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class MailWorkflow:
    """The workflow of one attempt: send, write down how it went."""

    services: Services
    recording: SQLAlchemyDatasource

    def send(self, mail_id: str) -> str:
        """
        Return whether the mail was sent, dropped or given up.

        A process that dies between the server's yes and the note sends it again, with the same
        Message-ID: SMTP knows no better.
        """
        became = DBOS.run_step({"name": "send"}, self._attempt, mail_id)
        return str(self.recording.run_tx_step({"name": "note"}, self._note, mail_id, became))

    def _attempt(self, mail_id: str) -> str:
        try:
            return patiently(lambda: delivery.attempt(self.services, mail_id)).value
        except Exception:
            _log.exception("mail %s: a fault of ours", mail_id)
            return Sent.LATER.value

    def _note(self, mail_id: str, became: str) -> str:
        session = self.recording.sql_session()
        return delivery.note(self.services, session, mail_id, Sent(became))


def define(services: Services, recording: SQLAlchemyDatasource) -> None:
    """Define the workflow: before DBOS is launched."""
    work = MailWorkflow(services=services, recording=recording)

    @DBOS.workflow(name=MAIL_WORKFLOW, max_recovery_attempts=DISPATCHES)
    def mail(mail_id: str) -> str:
        return work.send(mail_id)


def listen() -> None:
    """Begin to take mails off the queue: after DBOS is launched."""
    DBOS.register_queue(
        MAIL_QUEUE,
        worker_concurrency=AT_ONCE,
        polling_interval_sec=POLL_SECONDS,
        on_conflict="always_update",
    )


def run(services: Services, stop: threading.Event) -> None:
    """Send mail, and grade nothing, until *stop*."""
    run_alone(services, stop, "mail", MAIL_QUEUE, define, listen)


def run_alone(  # noqa: PLR0913, PLR0917  what such a process is
    services: Services,
    stop: threading.Event,
    name: str,
    queue: str,
    define_workflows: Callable[[Services, SQLAlchemyDatasource], None],
    listen_to_queue: Callable[[], None],
) -> None:
    """Work on one queue that grades nothing, until *stop*."""
    executor = f"{name}-{socket.gethostname()[:32]}-{os.getpid()}-{secrets.token_hex(4)}"
    leases = open_leases(services.engine, services.settings.store)
    leases.hold(executor)
    keeper = LeaseKeeper(leases, executor, lambda: None)
    define_workflows(services, open_worker(services.engine, executor, [queue], threads=8))
    DBOS.launch()
    listen_to_queue()
    keeper.start()
    _log.info("%s is sent by %s", name, executor)
    stop.wait()
    DBOS.destroy(workflow_completion_timeout_sec=int(2 * TIMEOUT_SECONDS))
    keeper.end()
    leases.close()
