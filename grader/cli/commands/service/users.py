"""``grader users``: the service's accounts, from the machine that it runs on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from grader.errors import GraderError

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from api.kit.models import User
    from api.kit.settings import Settings

app = typer.Typer(
    help="Who may log in to the service.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
Login = Annotated[str, typer.Argument(metavar="LOGIN", help="A student's is the student id.")]
Store = Annotated[
    Path | None,
    typer.Option("--store", metavar="DIR", help="The service's folder; default: $GRADER_STORE."),
]


class RoleName(StrEnum):
    """Who somebody is, as typed; api.kit.models would take a second to import for ``--help``."""

    STUDENT = "student"
    TA = "ta"
    INSTRUCTOR = "instructor"


class AccountError(GraderError):
    """What was asked of an account cannot be done."""


@dataclass(frozen=True, kw_only=True)
class Accounts:
    """The accounts of one service, in one transaction."""

    session: Session
    settings: Settings

    def find(self, login: str) -> User:
        """Return the account; raise AccountError where there is none."""
        from api.auth.users import find_user

        user = find_user(self.session, login)
        if user is None:
            msg = f"there is no account {login!r}; 'grader users list' shows all"
            raise AccountError(msg)
        return user

    def note(self, action: str, user: User, **after: str) -> None:
        """Write into the audit log that the operator did it."""
        from api.auth import audit

        audit.record(self.session, audit.OPERATOR, action, f"user:{user.id}", after=after)


@app.command("add")
def add(
    login: Login,
    role: Annotated[RoleName, typer.Option("--role", help="What they may do.")] = RoleName.STUDENT,
    name: Annotated[str, typer.Option("--name", help="Shown beside the login.")] = "",
    email: Annotated[str, typer.Option("--email", help="Finds staff in single sign-on.")] = "",
    store: Store = None,
) -> None:
    """Add an account and print a link that logs in once; a password can be set then."""
    with open_accounts(store, new=True) as accounts:
        from api.auth.links import one_time_link
        from api.auth.users import add_user
        from api.kit.models import Role

        user = add_user(accounts.session, login, Role(role), name=name, email=email)
        accounts.note("user.add", user, login=login, role=role)
        link = one_time_link(accounts.session, accounts.settings, user)
    _print(f"{login} is {role}; within a day this logs in once:\n{link}")


@app.command("link")
def link(
    login: Login,
    personal: Annotated[
        bool, typer.Option("--personal", help="A student's link that holds until revoked.")
    ] = False,
    store: Store = None,
) -> None:
    """Print a link that logs somebody in once."""
    with open_accounts(store) as accounts:
        from api.auth import links

        user = accounts.find(login)
        if user.disabled_at is not None:
            msg = f"{login} is disabled; 'grader users enable {login}' lets them in again"
            raise AccountError(msg)
        accounts.note("user.link", user)
        if personal:
            address = links.personal_link(accounts.settings, user)
        else:
            address = links.one_time_link(accounts.session, accounts.settings, user)
    _print(address)


@app.command("password")
def password(login: Login, store: Store = None) -> None:
    """Set a password, asked for on the terminal; every browser is logged out."""
    entered = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    with open_accounts(store) as accounts:
        from api.auth.passwords import hash_password
        from api.auth.users import set_password

        kept = hash_password(entered)
        user = accounts.find(login)
        set_password(accounts.session, user, kept)
        accounts.note("account.password", user)
    _print(f"{login} has a new password, and is logged out everywhere")


@app.command("role")
def role(login: Login, role: RoleName, store: Store = None) -> None:
    """Make somebody a TA or an instructor, or no longer."""
    with open_accounts(store) as accounts:
        from api.auth.users import change_role
        from api.kit.models import Role

        user = accounts.find(login)
        change_role(user, Role(role))
        accounts.note("user.role", user, role=role)
    _print(f"{login} is {role}")


@app.command("disable")
def disable(login: Login, store: Store = None) -> None:
    """Shut somebody out at once: sessions, links and tokens end."""
    with open_accounts(store) as accounts:
        from api.auth import users

        user = accounts.find(login)
        users.disable(accounts.session, user)
        accounts.note("user.disable", user)
    _print(f"{login} is shut out")


@app.command("enable")
def enable(login: Login, store: Store = None) -> None:
    """Let somebody in again."""
    with open_accounts(store) as accounts:
        from api.auth import users

        user = accounts.find(login)
        users.enable(user)
        accounts.note("user.enable", user)
    _print(f"{login} may log in again")


@app.command("unlink")
def unlink(login: Login, store: Store = None) -> None:
    """Forget which university account it is; the next single sign-on links it again."""
    with open_accounts(store) as accounts:
        user = accounts.find(login)
        user.oidc_subject = None
        accounts.note("user.unlink", user)
    _print(f"{login} is not linked to a university account")


@app.command("list")
def show(store: Store = None) -> None:
    """List the accounts."""
    with open_accounts(store) as accounts:
        from api.auth.users import all_users

        table = Table("login", "role", "name", "logs in by", box=None)
        for user in all_users(accounts.session):
            cells = (user.login, user.role, user.name, _ways_in(user))
            table.add_row(*map(Text, cells))
    Console().print(table)


def _ways_in(user: User) -> str:
    if user.disabled_at is not None:
        return "disabled"
    ways = {"password": user.password_hash, "single sign-on": user.oidc_subject}
    return ", ".join(way for way, proof in ways.items() if proof) or "link"


@contextmanager
def open_accounts(store: Path | None, *, new: bool = False) -> Iterator[Accounts]:
    """
    Open the accounts of a service; what the service refuses becomes one line.

    Only a *new* one is made where there is none.
    """
    from sqlalchemy.exc import OperationalError

    from api.kit.database import open_engine, open_sessions
    from api.kit.private_files import make_private
    from api.kit.problems import Problem
    from api.kit.settings import load_settings
    from api.migrations import MigrationError, upgrade
    from api.operation.public_address import with_kept_address

    settings = with_kept_address(load_settings(store=store) if store else load_settings())
    if new:
        make_private(settings.store)
    else:
        settings.require_store()
    engine = open_engine(settings.resolved_database_url)
    try:
        upgrade(engine)
        with open_sessions(engine).begin() as session:
            yield Accounts(session=session, settings=settings)
    except (Problem, MigrationError) as error:
        raise AccountError(str(error)) from None
    except OperationalError as error:
        msg = f"the service's database does not answer: {error.orig}"
        raise AccountError(msg) from None
    finally:
        engine.dispose()


def _print(text: str) -> None:
    Console().print(Text(text), soft_wrap=True)
