"""Whose attempts to sign in are counted together."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str | None:
    """The address that the outermost of our PROXY_COUNT proxies was called from.

    Each proxy appends its caller to X-Forwarded-For. So ours are counted from the right: what stands
    further left was written by the caller, who could take a new address for every guess.
    """
    hops = request.headers.get("x-forwarded-for", "").split(",")
    count = settings.PROXY_COUNT
    forwarded = _address(hops[-count].strip()) if 0 < count <= len(hops) else None
    return forwarded or request.META.get("REMOTE_ADDR") or None


def _address(hop: str) -> str | None:
    """An address as it is, or with the port that some proxies add; None for anything else."""
    try:
        return str(ip_address(hop))
    except ValueError:
        pass
    try:
        return str(ip_address(urlsplit(f"//{hop}").hostname or ""))
    except ValueError:
        return None
