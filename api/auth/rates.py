"""How often somebody may do something: counted in the database, so all processes count alike."""

from __future__ import annotations

import time

from sqlalchemy import delete, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from api.kit.models import RateWindow
from api.kit.problems import Problem
from api.requests.proxies import address_group

MINUTE_SECONDS = 60


def spend(session: Session, key: str, limit_per_minute: int) -> None:
    """
    Count *key* (``upload:user:<id>``) once more in this minute; raise Problem 429 over the limit.

    The count is of the caller's transaction: what is rolled back was not spent, so an attempt that
    fails and yet has to count is committed by its caller.
    """
    seconds = time.time()
    if _count(session, key, int(seconds // MINUTE_SECONDS)) > limit_per_minute:
        wait = MINUTE_SECONDS - int(seconds % MINUTE_SECONDS)
        raise Problem(
            429,
            "too-many-requests",
            f"more than {limit_per_minute} a minute; wait {wait} seconds and try again",
            headers={"Retry-After": str(wait)},
        )


def address_key(action: str, address: str) -> str:
    """Return the key of an action of one address; an IPv6 network of one machine is one."""
    return f"{action}:address:{address_group(address)}"


def forget_old(session: Session) -> None:
    """Delete the counts of minutes that are over."""
    minute = int(time.time() // MINUTE_SECONDS)
    session.execute(delete(RateWindow).where(RateWindow.minute < minute - 1))


def _count(session: Session, key: str, minute: int) -> int:
    """Return the count after adding one, in one statement: two requests never read the same."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    added = (
        dialect.insert(RateWindow)
        .values(key=key, minute=minute, count=1)
        .on_conflict_do_update(
            index_elements=[RateWindow.key, RateWindow.minute],
            set_={"count": RateWindow.count + 1},
        )
        .returning(RateWindow.count)
    )
    count: int = session.execute(added).scalar_one()
    return count


def refund(session: Session, key: str) -> None:
    """Take one off the count of *key* in this minute."""
    minute = int(time.time() // MINUTE_SECONDS)
    session.execute(
        update(RateWindow)
        .where(RateWindow.key == key, RateWindow.minute == minute, RateWindow.count > 0)
        .values(count=RateWindow.count - 1)
        .execution_options(synchronize_session=False)
    )
