"""The test servers themselves: what is committed outlives a kill, and a port is kept."""

from __future__ import annotations

import psycopg
import pytest

from tests.api.servers import S3, PostgreSQL


def test_a_durable_server_keeps_what_was_committed_before_it_was_killed() -> None:
    """A row committed before kill -9 is there when the server has started again."""
    with PostgreSQL(durable=True) as server:
        url = server.url.replace("+psycopg", "")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE TABLE kept (number int)")
            connection.execute("INSERT INTO kept VALUES (7)")
        server.restart(kill=True)

        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT number FROM kept").fetchone() == (7,)


def test_new_databases_are_apart(postgresql: PostgreSQL) -> None:
    """A table made in one database of the server is not in the next."""
    first, second = (url.replace("+psycopg", "") for url in map(_new, (postgresql, postgresql)))
    with psycopg.connect(first, autocommit=True) as connection:
        connection.execute("CREATE TABLE here (number int)")

    with psycopg.connect(second) as connection, pytest.raises(psycopg.errors.UndefinedTable):
        connection.execute("SELECT * FROM here")


@pytest.mark.long
def test_a_bucket_keeps_objects(s3: S3) -> None:
    """What was put into a new bucket comes back."""
    import obstore
    from obstore.store import S3Store

    settings = s3.new_bucket()
    bucket = settings["s3_url"].removeprefix("s3://").partition("/")[0]
    store = S3Store(
        bucket,
        endpoint=settings["s3_endpoint"],
        region=settings["s3_region"],
        access_key_id=settings["s3_access_key_id"],
        secret_access_key=settings["s3_secret_access_key"],
        virtual_hosted_style_request=False,
        client_options={"allow_http": True},
    )
    obstore.put(store, "a", b"bytes")

    assert obstore.get(store, "a").bytes() == b"bytes"


def _new(server: PostgreSQL) -> str:
    return server.new_database()
