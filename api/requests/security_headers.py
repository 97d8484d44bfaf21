"""What every response tells the browser: run no code but ours, show us in no foreign frame."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders

CLOSED_POLICY = "default-src 'none'; frame-ancestors 'none'"
PAGE_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "frame-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
# For a page that stands where a document of ours is framed.
FRAMED_PAGE_POLICY = PAGE_POLICY.replace("frame-ancestors 'none'", "frame-ancestors 'self'")
ANY_SITE = "https:"


def policy_for_frame(*framed_by: str, form_to: str = "") -> str:
    """Return the policy of a page in a frame of these sites, whose forms may go to one of them."""
    policy = PAGE_POLICY.replace(
        "frame-ancestors 'none'", f"frame-ancestors {' '.join(framed_by)}"
    )
    return policy.replace("form-action 'self'", f"form-action {form_to}") if form_to else policy


YEAR_SECONDS = 31_536_000
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    # Not no-referrer: with it a form of our own would be sent with "Origin: null".
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
POLICY = "Content-Security-Policy"


def add_security_headers(headers: MutableHeaders, *, https: bool) -> None:
    """
    Add the headers to a response that is about to begin.

    A page gets the policy of pages and all else one that allows nothing; a route that needs
    another (a report in a frame of ours) sets it, and with it what may frame it.
    """
    for name, value in ALWAYS.items():
        headers[name] = value
    if https:
        headers["Strict-Transport-Security"] = f"max-age={YEAR_SECONDS}"
    is_page = headers.get("content-type", "").startswith("text/html")
    headers.setdefault(POLICY, PAGE_POLICY if is_page else CLOSED_POLICY)
    if "frame-ancestors http" not in headers[POLICY]:  # a platform's, which X-Frame-Options lacks
        framed_by_us = "frame-ancestors 'self'" in headers[POLICY]
        headers["X-Frame-Options"] = "SAMEORIGIN" if framed_by_us else "DENY"
    headers.setdefault("Cache-Control", "no-store")
