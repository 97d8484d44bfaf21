"""
What an operator can set: environment variables ``GRADER_*``, or files of a secrets folder.

Everything has a default that is right for one machine: SQLite and files in one data folder.
"""

from __future__ import annotations

import os
import re
import secrets
import tempfile
from contextlib import suppress
from email.utils import parseaddr
from functools import cached_property, lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, ClassVar, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import make_url

from api.kit.private_files import make_private
from api.kit.time_zone import machine_zone
from grader.errors import GraderError
from grader.sandbox.budget import OVERHEAD_SECONDS, STUDENT_SECONDS

MEBIBYTE = 1 << 20
MAIL_ADDRESS = r"[\x21-\x7e]+@[A-Za-z0-9.-]+"
Network = IPv4Network | IPv6Network
Bytes = Annotated[int, Field(gt=0)]


class StoreMissingError(GraderError):
    """A command that only reads was sent to a folder that holds no service."""

    exit_code: ClassVar[int] = 2


class Settings(BaseSettings):
    """The service's settings; ``GRADER_STORE=/srv/grader`` sets ``store``, and so on."""

    model_config = SettingsConfigDict(env_prefix="GRADER_", extra="ignore", frozen=True)

    store: Path = Field(Path("grader-data"), description="Folder of database, files and secrets.")
    database_url: str = Field(
        "",
        description="SQLAlchemy URL, such as postgresql+psycopg://user:password@host/grader;"
        " empty: SQLite in the store.",
    )
    s3_url: str = Field("", description="s3://bucket/prefix; empty: files in the store.")
    s3_endpoint: str = Field("", description="Address of an S3-compatible store.")
    s3_region: str = Field("us-east-1", description="Region of the bucket.")
    s3_access_key_id: str = Field("", description="Key that may read, write, list and delete.")
    s3_secret_access_key: SecretStr = Field(SecretStr(""), description="Its secret.")
    secret_key: SecretStr = Field(
        SecretStr(""),
        description="Signs links and keys the probes; the same on every machine. Empty: drawn once"
        " and kept in the store.",
    )
    public_url: str = Field(
        "http://127.0.0.1:8000", description="What students type; https:// makes cookies secure."
    )
    data: Path | None = Field(None, description="The data set, as for 'grader check --data'.")
    workers: int = Field(2, ge=0, description="Submissions graded at once on this machine.")
    student_seconds: float = Field(
        STUDENT_SECONDS,
        ge=1,
        description="How long a submission's own code may run, all of its calls together; what it"
        " has answered by then is graded.",
    )
    grading_limit_seconds: float = Field(
        300.0,
        gt=0,
        description="After it a grading is begun again; at least"
        f" {OVERHEAD_SECONDS:g} s more than a submission's own code may take.",
    )
    max_grading_attempts: int = Field(
        2, ge=1, description="How often the process that grades may end before a run is our fault."
    )

    max_free_attempts: int = Field(
        3,
        ge=0,
        description="Submissions of one student to one assignment that cost no attempt because the"
        " grader failed at them; those after cost theirs.",
    )

    max_upload_bytes: Bytes = Field(25 * MEBIBYTE, description="One student's files together.")
    max_class_upload_bytes: Bytes = Field(
        1024 * MEBIBYTE, description="A zip with a whole class; the folder TMPDIR must hold it."
    )
    max_files: int = Field(50, ge=1, description="Files of one submission.")
    max_waiting_per_student: int = Field(20, ge=1, description="Runs of one student in the queue.")
    max_waiting_self_checks: int = Field(
        100, ge=1, description="Runs of uploads without a login in the queue, of all together."
    )
    uploads_per_minute: int = Field(10, ge=1, description="Of one user.")
    uploads_per_minute_and_address: int = Field(
        600, ge=1, description="Of one address; a whole class may share one behind a router."
    )
    logins_per_minute: int = Field(10, ge=1, description="Failed ones, of one account or address.")
    trusted_proxies: str = Field("", description="Addresses whose X-Forwarded-For is believed.")

    session_hours: float = Field(12.0, gt=0, description="How long somebody stays logged in.")
    link_days: float = Field(180.0, gt=0, description="How long a student's personal link holds.")
    every_edition: bool = Field(
        True,
        description="Make open assignments of all installed editions at the start, so that the"
        " service can be used at once; false: staff make each on a page.",
    )
    retention_days: int = Field(
        0,
        ge=0,
        description="Delete submissions so long after they came and were last graded; 0: keep"
        " them.",
    )
    oidc_issuer: str = Field("", description="Single sign-on: the OpenID Connect issuer's URL.")
    oidc_client_id: str = Field("", description="As the issuer knows this service.")
    oidc_client_secret: SecretStr = Field(SecretStr(""), description="What the issuer gave it.")
    oidc_student_claim: str = Field("preferred_username", description="Claim with the student id.")
    oidc_staff_claim: str = Field(
        "", description="Claim with the login of staff; empty: by verified e-mail address alone."
    )

    mail_from: str = Field(
        "",
        description="Sender of mail, such as 'Grader <grader@example.edu>'; empty: no mail.",
    )
    smtp_host: str = Field(
        "",
        description="Mail server that this process sends by; empty: another process sends"
        " ('grader mail').",
    )
    smtp_port: int = Field(587, ge=1, le=65535, description="Its port.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="How the connection is encrypted; none: for this machine alone."
    )
    smtp_user: str = Field("", description="Login at the mail server; empty: none is needed.")
    smtp_password: SecretStr = Field(SecretStr(""), description="Its password.")
    mail_retry_seconds: float = Field(
        30.0, gt=0, description="First wait for a mail server that is away; it doubles each time."
    )
    mail_digest_hour: int = Field(
        7, ge=0, le=24, description="Hour from which staff are told what waits; 24: never."
    )
    mail_language: Literal["en", "zh_TW"] = Field("en", description="Of what staff are sent.")

    lti_calls: bool = Field(
        True,
        description="Workers speak to learning platforms themselves; false: another process does"
        " ('grader lti send').",
    )

    time_zone: str = Field(
        "",
        validate_default=True,
        description="The course's: days late are days of its clock, and pages give its time, such"
        " as Asia/Taipei. Empty: the machine's.",
    )

    log_format: Literal["json", "text"] = Field("json", description="text: for a person.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="DEBUG also logs messages of errors, which may quote a submission."
    )
    metrics_token: SecretStr = Field(
        SecretStr(""), description="Bearer token for /metrics; empty: only from this machine."
    )

    @field_validator("grading_limit_seconds")
    @classmethod
    def _holds_the_students_time(cls, limit: float, info: ValidationInfo) -> float:
        """Return the limit; one by which a slow submission would be begun again is refused."""
        own = info.data.get("student_seconds", STUDENT_SECONDS)
        if limit < own + OVERHEAD_SECONDS:
            msg = (
                f"{limit:g} s are too few: GRADER_STUDENT_SECONDS is {own:g}, and the grader needs"
                f" up to {OVERHEAD_SECONDS:g} s beside it; raise the one or lower the other"
            )
            raise ValueError(msg)
        return limit

    @field_validator("mail_from")
    @classmethod
    def _is_an_address(cls, given: str) -> str:
        """Return the sender; one that no server takes is told at the start."""
        address = parseaddr(given)[1]
        if given and not (given.isprintable() and re.fullmatch(MAIL_ADDRESS, address)):
            msg = f"no mail address in {given!r}; such as Grader <grader@example.edu>"
            raise ValueError(msg)
        return given

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        """Return the zone's name; one that this machine does not know is told at the start."""
        name = name or machine_zone()
        try:
            return ZoneInfo(name).key
        except (ZoneInfoNotFoundError, ValueError, OSError):  # a folder of zones: Asia
            msg = f"no time zone {name!r}; a name such as Asia/Taipei"
            raise ValueError(msg) from None

    @field_validator("trusted_proxies")
    @classmethod
    def _known_networks(cls, given: str) -> str:
        """Return the addresses; one that cannot be read is told at the start."""
        networks_of(given)
        return given

    @property
    def resolved_database_url(self) -> str:
        """Return the database's URL, SQLite in the store where none is set."""
        return self.database_url or f"sqlite:///{(self.store / 'grader.sqlite').resolve()}"

    def require_store(self) -> None:
        """Raise StoreMissingError where these settings name no store on this machine."""
        database = make_url(self.resolved_database_url)
        if database.get_backend_name() == "sqlite":
            missing = not Path(database.database or "").is_file()
        else:
            missing = not self.s3_url and not self.store.is_dir()
        if missing:
            msg = (
                f"{self.store.resolve()} holds no service; name its folder with --store or"
                " GRADER_STORE ('grader serve' makes a new one)"
            )
            raise StoreMissingError(msg)

    @property
    def secure_cookies(self) -> bool:
        """Return whether browsers are to send our cookies over TLS alone."""
        return self.public_url.startswith("https://")

    @cached_property
    def signing_key(self) -> str:
        """Return the secret key; draw it and keep it in the store where none is set."""
        given = self.secret_key.get_secret_value()
        return given or _kept_secret(self.store / "secret-key")


@lru_cache
def networks_of(addresses: str) -> tuple[Network, ...]:
    """Return the networks of a list with commas; raise ValueError for what is none."""
    found = []
    for part in filter(None, map(str.strip, addresses.split(","))):
        try:
            found.append(ip_network(part, strict=False))
        except ValueError:
            msg = f"no address {part!r}; addresses or networks such as 10.0.0.1, 172.16.0.0/12"
            raise ValueError(msg) from None
    return tuple(found)


def load_settings(**overrides: object) -> Settings:
    """Return the settings from the environment, from ``/run/secrets`` and from *overrides*."""
    secrets_folder = Path("/run/secrets")
    folder = secrets_folder if secrets_folder.is_dir() else None
    return Settings(_secrets_dir=folder, **overrides)  # type: ignore[arg-type, call-arg]


def _kept_secret(path: Path) -> str:
    """Return the secret in a file; several processes that start at once all get the same."""
    make_private(path.parent)
    if not path.exists():
        descriptor, name = tempfile.mkstemp(dir=path.parent)  # that its owner alone may read
        aside = Path(name)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(32))
        with suppress(FileExistsError):
            path.hardlink_to(aside)  # whole, or not at all
        aside.unlink()
    return path.read_text(encoding="ascii").strip()
