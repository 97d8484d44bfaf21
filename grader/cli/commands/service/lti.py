"""``grader lti``: the learning platforms of a service, from the machine that it runs on."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from grader.cli.commands.service.users import open_accounts

app = typer.Typer(
    help="Learning platforms (Canvas, Moodle, ...) by LTI 1.3: see docs/lti.md.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
Name = Annotated[str, typer.Argument(metavar="NAME", help="The platform, as you call it.")]
Store = Annotated[
    Path | None,
    typer.Option("--store", metavar="DIR", help="The service's folder; default: $GRADER_STORE."),
]


class StudentIdFrom(StrEnum):
    """Where a launch holds the student's id; as api.lti.claims has them."""

    SOURCED_ID = "lis.person_sourcedid"
    CUSTOM = "custom.student_id"
    MOODLE_USERNAME = "ext.user_username"


@app.command("register")
# long: its options are its parameters
def register(  # noqa: PLR0913, PLR0917  what a platform is
    name: Name,
    client_id: Annotated[str, typer.Option("--client-id", help="As the platform knows us.")],
    deployment: Annotated[
        list[str] | None, typer.Option("--deployment", help="Whose launches are taken; repeat it.")
    ] = None,
    canvas: Annotated[
        bool, typer.Option("--canvas", help="Fills in what Instructure's Canvas has everywhere.")
    ] = False,
    moodle: Annotated[
        str, typer.Option("--moodle", metavar="URL", help="Fills in what this Moodle site has.")
    ] = "",
    issuer: Annotated[str, typer.Option("--issuer", help="The platform's own id.")] = "",
    authorize_url: Annotated[
        str, typer.Option("--authorize-url", help="Authentication request URL.")
    ] = "",
    token_url: Annotated[str, typer.Option("--token-url", help="Access token URL.")] = "",
    jwks_url: Annotated[str, typer.Option("--jwks-url", help="Public keyset URL.")] = "",
    student_id: Annotated[
        StudentIdFrom,
        typer.Option(
            "--student-id",
            help="Where launches hold the student id; nobody may be able to choose it.",
        ),
    ] = StudentIdFrom.SOURCED_ID,
    store: Store = None,
) -> None:
    """Take launches of a platform, and print the addresses that it asks for."""
    from api.auth import audit
    from api.lti import platforms
    from api.lti.setup import addresses_of

    given = platforms.Registration(
        name=name,
        issuer=issuer,
        client_id=client_id,
        authorize_url=authorize_url,
        token_url=token_url,
        jwks_url=jwks_url,
        deployments=tuple(deployment or ()),
        student_id_from=student_id.value,
    )
    given = platforms.canvas(given) if canvas else given
    given = platforms.moodle(given, moodle) if moodle else given
    with open_accounts(store) as accounts:
        platforms.register(accounts.session, audit.OPERATOR, given)
        ours = addresses_of(accounts.settings)
    _print(f"{name} is registered; the platform asks for:")
    _print(f"  initiate login URL        {ours.login}")
    _print(f"  redirection URI, tool URL {ours.launch}")
    _print(f"  content selection URL     {ours.pick}")
    _print(f"  public keyset URL         {ours.keys}")
    if not given.deployments:
        _print(f"then allow its deployment:  grader lti deployment {name} ID")


@app.command("deployment")
def deployment(
    name: Name,
    deployment_id: Annotated[str, typer.Argument(metavar="ID", help="As the platform shows it.")],
    store: Store = None,
) -> None:
    """Take launches of one more deployment of a platform."""
    from api.auth import audit
    from api.lti import platforms

    with open_accounts(store) as accounts:
        platform = platforms.find(accounts.session, name)
        platforms.allow_deployment(accounts.session, audit.OPERATOR, platform, deployment_id)
    _print(f"launches of {deployment_id} are taken")


@app.command("list")
def show(store: Store = None) -> None:
    """List platforms and the courses that came from them."""
    from api.lti import courses, platforms

    with open_accounts(store) as accounts:
        known = Table("platform", "issuer", "client id", "deployments", "student id", box=None)
        for row in platforms.platforms(accounts.session):
            cells = (row.name, row.issuer, row.client_id, ", ".join(row.deployments))
            known.add_row(*map(Text, (*cells, row.student_id_from)))
        met = Table("course", "platform", "title", "state", box=None)
        for course in courses.courses(accounts.session):
            state = "linked" if course.accepted_at else "waits: grader lti accept"
            met.add_row(*map(Text, (course.id, course.platform.name, course.title, state)))
    Console().print(known)
    Console().print(met)


@app.command("accept")
def accept(
    course: Annotated[str, typer.Argument(metavar="COURSE", help="As 'grader lti list' has it.")],
    store: Store = None,
) -> None:
    """Let people in from a course; its teachers become instructors here."""
    from api.auth import audit
    from api.lti import courses

    with open_accounts(store) as accounts:
        found = courses.find(accounts.session, course)
        courses.accept(accounts.session, audit.OPERATOR, found, "")
        title = found.title or found.context_id
    _print(f"{title} is linked")


@app.command("remove")
def remove(name: Name, store: Store = None) -> None:
    """Forget a platform, its courses and who is who there; people and grades stay."""
    from api.auth import audit
    from api.lti import platforms

    with open_accounts(store) as accounts:
        platforms.remove(accounts.session, audit.OPERATOR, platforms.find(accounts.session, name))
    _print(f"{name} is removed")


@app.command("rotate-key")
def rotate_key(
    now: Annotated[
        bool, typer.Option("--now", help="The old keys leaked or are lost: delete them at once.")
    ] = False,
    store: Store = None,
) -> None:
    """Draw a new key: published at once, in use an hour later; the old one goes in a week."""
    from api.auth import audit
    from api.lti import keys

    with open_accounts(store) as accounts:
        if now:
            keys.forget_all(accounts.session)
        key = keys.add_key(accounts.session, accounts.settings)
        after = {"key": key.id, "at_once": now}
        audit.record(accounts.session, audit.OPERATOR, "lti.key", "lti", after=after)
        signs = keys.signing_key(accounts.session, accounts.settings)[0] == key.id
    _print(f"the key {key.id} is published" + (" and in use" if signs else "; in use in an hour"))


@app.command("send")
def send(store: Store = None) -> None:
    """
    Speak to the platforms; needed only where workers have no way to them.

    Workers do it by themselves unless GRADER_LTI_CALLS=false.
    """
    from api import serve as service

    raise typer.Exit(service.run_lti(service.settings_of(store=store)))


def _print(text: str) -> None:
    Console().print(Text(text), soft_wrap=True)
