"""The whole service on one machine, and its two parts by themselves."""

from __future__ import annotations

import os
import socket
import sys
import threading
from collections.abc import Mapping
from typing import TextIO

from sqlalchemy.exc import SQLAlchemyError

from api.kit.models import Role
from api.kit.private_files import make_private
from api.kit.queue import create_tables
from api.kit.services import Services, open_services
from api.kit.settings import Settings, load_settings
from api.migrations import MigrationError, upgrade
from api.operation.processes import Child, ChildProcesses, grader
from api.operation.public_address import (
    EVERYWHERE,
    is_given,
    keep_address,
    reachable,
    with_address,
)
from grader.errors import EditionError, GraderError, SandboxError

STAFF = "staff"  # the account of a new service
SSE_SECONDS = 5  # how long open streams may hold up the API's end
# The sandbox does not hold; the data or an edition cannot be used: starting again helps nobody.
HOPELESS = frozenset({SandboxError.exit_code, EditionError.exit_code})


class ServiceError(GraderError):
    """The service cannot start; the message says what to do."""


def prepare(settings: Settings) -> Services:
    """Return the service's parts on a database with all tables, its own and the queue's."""
    try:
        make_private(settings.store)
        services = open_services(settings)
        upgrade(services.engine)
        create_tables(services.engine)
    except MigrationError as error:
        raise ServiceError(str(error)) from None
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", error)).strip().splitlines()
        msg = f"the database cannot be used: {reason[0] if reason else type(error).__name__}"
        raise ServiceError(msg) from None
    except OSError as error:
        msg = f"{error.filename or settings.store}: {error.strerror}; choose another --store"
        raise ServiceError(msg) from None
    return services


def run_api(settings: Settings, host: str, port: int) -> None:
    """Answer requests until SIGTERM."""
    import uvicorn

    from api.app import create_app
    from api.operation.logs import configure

    configure(settings)
    settings = with_address(settings, host, port)
    services = prepare(settings)
    keep_address(settings)
    uvicorn.run(
        create_app(services),
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # api.requests.proxies believes those that are set, and nobody else
        timeout_graceful_shutdown=SSE_SECONDS,
    )


def run_worker(settings: Settings) -> int:
    """Grade until SIGTERM; return the exit status."""
    from api.jobs.worker import run
    from api.operation.logs import configure

    if not settings.workers:
        msg = "a worker grades at least one submission at once; set --workers or GRADER_WORKERS"
        raise ServiceError(msg)
    configure(settings)
    prepare(settings).engine.dispose()
    return run(settings)


def run_mail(settings: Settings) -> int:
    """Send mail until SIGTERM, and do nothing else; return the exit status."""
    from api.jobs.sending import mails
    from api.jobs.worker import listen
    from api.operation.logs import configure

    if not (settings.mail_from and settings.smtp_host):
        msg = "no mail can be sent: set GRADER_MAIL_FROM and GRADER_SMTP_HOST"
        raise ServiceError(msg)
    configure(settings)
    services = prepare(settings)
    stop = threading.Event()
    listen(stop)
    mails.run(services, stop)
    return 0


def run_lti(settings: Settings) -> int:
    """Speak to learning platforms until SIGTERM, and do nothing else; return the exit status."""
    from api.jobs.sending import lti_calls
    from api.jobs.worker import listen
    from api.operation.logs import configure

    configure(settings)
    services = prepare(settings)
    stop = threading.Event()
    listen(stop)
    lti_calls.run(services, stop)
    return 0


def serve(settings: Settings, host: str, port: int, output: TextIO = sys.stdout) -> int:
    """Run API and worker as children, say where the page is, and return the exit status."""
    told = is_given(settings)
    settings = with_address(settings, host, port)
    services = prepare(settings)
    _require_free(host, port)
    keep_address(settings)
    environment = {**_log_format(output), **os.environ, **as_environment(settings)}
    children = [
        Child(
            name="the API",
            command=grader("api", "--host", host, "--port", str(port)),
            environment=environment,
        )
    ]
    if settings.workers:
        worker = Child(
            name="the worker",
            command=grader("worker"),
            environment=environment,
            hopeless=HOPELESS,
        )
        children.append(worker)
    greeting = _greeting(services) + ("" if told else _warning(host, settings.public_url))
    services.engine.dispose()
    return ChildProcesses(children).run(
        lambda: _answers(host, port), lambda: print(greeting, file=output, flush=True)
    )


def as_environment(settings: Settings) -> Mapping[str, str]:
    """Return the environment in which :func:`api.kit.settings.load_settings` finds these."""
    given = settings.model_dump(exclude_unset=True, exclude_none=True)
    return {
        f"GRADER_{name.upper()}": _plain(value)
        for name, value in given.items()
        if name in type(settings).model_fields
    }


def settings_of(**flags: object) -> Settings:
    """Return the settings from environment and secrets, with the flags that were given."""
    from pydantic import ValidationError

    try:
        return load_settings(**{name: value for name, value in flags.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        msg = f"GRADER_{name}: {first['msg']}"
        raise ServiceError(msg) from None


def _log_format(output: TextIO) -> Mapping[str, str]:
    """Return the setting with which a person at a terminal can read the log."""
    return {"GRADER_LOG_FORMAT": "text"} if output.isatty() else {}


def _plain(value: object) -> str:
    secret = getattr(value, "get_secret_value", None)
    return str(secret() if secret else value)


def _greeting(services: Services) -> str:
    """Return where the page is and, while the first account has no password, how to log in."""
    from api.auth.links import one_time_link
    from api.auth.users import add_user, find_user, has_instructor

    settings = services.settings
    lines = [f"The page: {settings.public_url}", f"The data: {settings.store}"]
    with services.sessions.begin() as session:
        user = find_user(session, STAFF)
        if user is None and not has_instructor(session):
            user = add_user(session, STAFF, Role.INSTRUCTOR, name="Staff")
        if user is not None and user.password_hash is None and user.disabled_at is None:
            lines.append(f"Log in as {STAFF} (once): {one_time_link(session, settings, user)}")
        else:
            lines.append("Log in with your account; 'grader users link NAME' makes a link.")
    return "\n".join(lines)


def _warning(host: str, address: str) -> str:
    """Return what is to be said where it listens on every address, and links have to name one."""
    if host not in EVERYWHERE:
        return ""
    return (
        f"\nLinks lead to {address}, an address of this machine. Set GRADER_PUBLIC_URL to what"
        "\nstudents type: behind a proxy, a router or in a container they cannot use this one."
    )


def _require_free(host: str, port: int) -> None:
    """Raise ServiceError where the API could not listen: its child would only say so again."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as end:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            end.bind((host, port))
        except OSError as error:
            msg = f"cannot listen on {host}:{port} ({error.strerror}); choose another --port"
            raise ServiceError(msg) from None


def _answers(host: str, port: int) -> bool:
    try:
        socket.create_connection((reachable(host), port), timeout=0.2).close()
    except OSError:
        return False
    return True
