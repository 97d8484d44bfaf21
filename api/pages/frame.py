"""What stands around every page: title, language, links, who is logged in."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from urllib.parse import quote

from fastapi import Request

from api.kit.models import Role
from api.pages.messages import Words, load_words, preferred
from api.requests.csrf import csrf_token
from api.requests.principal import Principal
from grader.words.catalogue import LANGUAGES

LANGUAGE_COOKIE = "language"
TAGS = {"en": "en", "zh_TW": "zh-Hant-TW"}
NUMBER = re.compile(r"[0-9]{1,6}")
NAMES = {"en": "English", "zh_TW": "中文"}


@dataclass(frozen=True, kw_only=True)
class Link:
    """Words that lead somewhere."""

    href: str
    text: str
    current: bool = False


@dataclass(frozen=True, kw_only=True)
class Switch:
    """The link to the same page in the other language."""

    href: str
    text: str
    tag: str


@dataclass(frozen=True, kw_only=True)
class Frame:
    """What the base template prints."""

    title: str
    tag: str
    links: tuple[Link, ...]
    switch: Switch
    user: str
    csrf_token: str
    done: str
    width: str
    on_account: bool
    on_login: bool
    on_help: bool

    def static(self, name: str) -> str:
        """Return the address of a static file; it changes whenever the file does."""
        return static_address(name)


@cache
def static_address(name: str) -> str:
    """Return ``/static/<name>?v=<digest>``, which browsers may keep for ever."""
    content = (resources.files(__package__) / "static" / name).read_bytes()
    return f"/static/{name}?v={hashlib.sha256(content).hexdigest()[:10]}"


def words_for(request: Request) -> Words:
    """Return the words of the language that this browser is spoken to in."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    return load_words(preferred(chosen, request.headers.get("accept-language", "")))


def build_frame(
    request: Request, principal: Principal, t: Words, *, title: str, width: str = ""
) -> Frame:
    """Return the frame of the page that *request* asks for."""
    path = request.url.path
    return Frame(
        title=" · ".join(dict.fromkeys((title, t("frame.brand")))),
        tag=TAGS[t.language],
        links=_links(principal, t, path),
        switch=_switch(request, t),
        user=principal.login,
        csrf_token=csrf_token(request),
        done=_done(request, t),
        width=width,
        on_account=path.startswith("/account"),
        on_login=path.startswith("/login"),
        on_help=path.startswith("/help"),
    )


def _links(principal: Principal, t: Words, path: str) -> tuple[Link, ...]:
    """Return the main links: staff have several places to be, students one."""
    if not principal.is_staff:
        return ()
    places = [("/staff", "assignments"), ("/staff/roster", "roster"), ("/staff/audit", "audit")]
    if principal.role is Role.INSTRUCTOR:
        places.insert(2, ("/staff/accounts", "accounts"))
    named = {href for href, _ in places[1:]}
    return tuple(
        Link(href=href, text=t(f"frame.{name}"), current=_here(href, path, named))
        for href, name in places
    )


def _here(href: str, path: str, named: set[str]) -> bool:
    """Return whether *path* is in the place *href*: all of /staff that no other link names."""
    if href in named:
        return path.startswith(href)
    return path.startswith(href) and not any(path.startswith(other) for other in named)


def _switch(request: Request, t: Words) -> Switch:
    other = next(language for language in LANGUAGES if language != t.language)
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    back = here if request.method == "GET" else "/"
    return Switch(
        href=f"/language/{other}?next={quote(back, safe='')}", text=NAMES[other], tag=TAGS[other]
    )


def _done(request: Request, t: Words) -> str:
    """Return what the form before this page did: ``?done=saved``, ``?done=regraded&count=3``."""
    asked = request.query_params
    if asked.get("done") == "regraded":
        return t("sentences").join(
            t.count(f"done.{key}", int(number))
            for key, number in (
                ("regraded", asked.get("count", "")),
                ("regraded_busy", asked.get("busy", "")),
            )
            if NUMBER.fullmatch(number) and (key == "regraded" or int(number))
        )
    return t.own.sentences.get(f"done.{asked.get('done', '')}", "")
