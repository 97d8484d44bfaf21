"""
A letter -> the mail server, and what to make of its answer.

Headers are made by Python's ``email`` from values without line ends, and addresses are parsed:
what a roster or a file's name says can add no header and no recipient.
"""

from __future__ import annotations

import logging
import smtplib
import ssl
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from enum import StrEnum

from api.kit.models import now
from api.kit.settings import Settings
from api.mail.letters import Letter
from report_templates.page.text import line

TIMEOUT_SECONDS = 20.0
LONGEST_HEADER = 200
# Base64 only where a text is not ASCII; no line is folded within an address.
_POLICY = SMTP.clone(max_line_length=78)
_log = logging.getLogger(__name__)


class Sent(StrEnum):
    """The result of an attempt."""

    SENT = "sent"
    DROPPED = "dropped"  # there was nothing to say any more
    REFUSED = "refused"  # this message will never be taken
    LATER = "later"  # the server is away, busy, or set up wrongly


class AddressError(ValueError):
    """Raised for an address that no mail can go to."""


def send(settings: Settings, letter: Letter) -> Sent:
    """Hand a letter to the mail server; whatever goes wrong is an answer, never an exception."""
    try:
        message = message_of(settings, letter)
    except (AddressError, MessageError, ValueError) as error:
        _log.warning("mail %s cannot be written: %s", letter.id, type(error).__name__)
        return Sent.REFUSED
    try:
        with _connected(settings) as server:
            server.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        return _by_codes(letter, [code for code, _ in error.recipients.values()])
    except smtplib.SMTPDataError as error:
        return _by_codes(letter, [error.smtp_code])
    except (smtplib.SMTPException, OSError) as error:
        _log.warning("mail %s waits for the server: %s", letter.id, _told(error))
        return Sent.LATER
    return Sent.SENT


def message_of(settings: Settings, letter: Letter) -> EmailMessage:
    """Return the message; raise AddressError where nothing can be sent to the address."""
    message = EmailMessage(policy=_POLICY)
    message["From"] = _address(*parseaddr(settings.mail_from))
    message["To"] = _address(letter.name, letter.address)
    message["Subject"] = line(letter.subject, LONGEST_HEADER)
    message["Date"] = format_datetime(now())
    domain = settings.mail_from.rpartition("@")[2].strip("> ")
    message["Message-ID"] = f"<{letter.id}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answers of absent people
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content("\n".join(letter.lines) + "\n", cte="base64")
    return message


def _address(name: str, address: str) -> Address:
    try:
        parsed = Address(display_name=line(name, LONGEST_HEADER), addr_spec=address)
    except (MessageError, ValueError, IndexError) as error:
        msg = f"{address!r} is no mail address"
        raise AddressError(msg) from error
    if not address.isascii() or not parsed.domain:
        msg = f"{address!r} is no address that every server takes"
        raise AddressError(msg)
    return parsed


def _connected(settings: Settings) -> smtplib.SMTP:
    """Return a server that is greeted, encrypted and logged in to as the settings say."""
    context = ssl.create_default_context()
    host, port = settings.smtp_host, settings.smtp_port
    if settings.smtp_security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            host, port, timeout=TIMEOUT_SECONDS, context=context
        )
    else:
        server = smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)
    try:
        if settings.smtp_security == "starttls":
            server.starttls(context=context)
        if settings.smtp_user:
            server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
    except BaseException:
        server.close()
        raise
    return server


def _by_codes(letter: Letter, codes: list[int]) -> Sent:
    """Return what a refusal means: from 500 on it is for good (RFC 5321, 4.2.1)."""
    _log.warning("mail %s was refused with %s", letter.id, codes)
    return Sent.REFUSED if codes and all(code >= 500 for code in codes) else Sent.LATER


def _told(error: Exception) -> str:
    """Return the kind of an error, without addresses that its text may hold."""
    code = getattr(error, "smtp_code", None) or getattr(error, "errno", None)
    return f"{type(error).__name__} {code}" if code else type(error).__name__
