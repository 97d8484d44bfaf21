"""The staff's accounts as an instructor sees them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api.auth.users import STAFF
from api.kit.models import Role, User
from api.pages.messages import Words
from api.pages.parts.choices import Option
from api.pages.view.attempts import Notice
from api.requests.principal import Principal


@dataclass(frozen=True, kw_only=True)
class StaffForm:
    """What was typed about one more member of staff."""

    login: str = ""
    role: str = Role.TA
    name: str = ""
    email: str = ""


@dataclass(frozen=True, kw_only=True)
class StaffRow:
    """A member of staff."""

    login: str
    name: str
    email: str
    disabled: bool
    own: bool  # whether it is the one who asks
    action: str
    roles: tuple[Option, ...]
    role_label: str
    save_label: str
    link_label: str
    out_label: str
    in_label: str
    confirm: str


@dataclass(frozen=True, kw_only=True)
class AccountsPage:
    """The staff's accounts; *link* logs somebody in once, where it was asked for."""

    notices: tuple[Notice, ...]
    link: str
    link_title: str
    form: StaffForm
    roles: tuple[Option, ...]
    rows: tuple[StaffRow, ...]


def build_accounts(  # noqa: PLR0913  what the page shows
    staff: Sequence[User],
    principal: Principal,
    t: Words,
    *,
    form: StaffForm,
    notices: tuple[Notice, ...] = (),
    link: str = "",
    link_of: str = "",
) -> AccountsPage:
    """Return the page; *link_of* is the account's id."""
    named = next((one.login for one in staff if one.id == link_of), "")
    return AccountsPage(
        notices=notices,
        link=link,
        link_title=t("accounts.link_for", login=named) if link else "",
        form=form,
        roles=_roles(form.role, t),
        rows=tuple(_row(one, principal, t) for one in staff),
    )


def _row(one: User, principal: Principal, t: Words) -> StaffRow:
    return StaffRow(
        login=one.login,
        name=one.name,
        email=one.email,
        disabled=one.disabled_at is not None,
        own=one.id == principal.user_id,
        action=f"/staff/accounts/{one.id}",
        roles=_roles(one.role.value, t),
        role_label=f"{t('accounts.role')}: {one.login}",
        save_label=f"{t('accounts.save')}: {one.login}",
        link_label=f"{t('accounts.link')}: {one.login}",
        out_label=f"{t('roster.shut_out')}: {one.login}",
        in_label=f"{t('roster.let_in')}: {one.login}",
        confirm=t("accounts.confirm_shut_out", login=one.login),
    )


def _roles(chosen: str, t: Words) -> tuple[Option, ...]:
    return tuple(
        Option(value=role.value, text=t(f"account.{role.value}"), selected=role.value == chosen)
        for role in STAFF
    )
