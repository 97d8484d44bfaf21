"""A witness in the database itself: every time that a run comes to its end, it adds a row."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import Engine, text

from api.kit.models import FINAL_STATES

_FINAL = ", ".join(f"'{state.value}'" for state in FINAL_STATES)
_SQLITE = (
    "CREATE TABLE witnessed (run_id TEXT NOT NULL, state TEXT NOT NULL)",
    "CREATE TRIGGER witness AFTER UPDATE OF state ON runs"
    f" WHEN NEW.state IN ({_FINAL})"
    " BEGIN INSERT INTO witnessed VALUES (NEW.id, NEW.state); END",
)
POSTGRESQL = (
    "CREATE TABLE witnessed (run_id TEXT NOT NULL, state TEXT NOT NULL)",
    "CREATE FUNCTION witness() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN INSERT INTO witnessed VALUES (NEW.id, NEW.state); RETURN NEW; END $$",
    "CREATE TRIGGER witness AFTER UPDATE OF state ON runs FOR EACH ROW"
    f" WHEN (NEW.state IN ({_FINAL})) EXECUTE FUNCTION witness()",
)


def watch(engine: Engine) -> None:
    """Have the database note every end of a run."""
    statements = _SQLITE if engine.dialect.name == "sqlite" else POSTGRESQL
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def ends(engine: Engine) -> Counter[str]:
    """Return how often each run came to its end."""
    with engine.connect() as connection:
        return Counter(connection.execute(text("SELECT run_id FROM witnessed")).scalars())
