"""Environment variables: each is read here, once, and stands in the README's table."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent

_env = environ.Env()


def _flag(name: str, *, default: bool) -> bool:
    text = _env.str(name, default="")
    if text == "":
        return default
    if text.lower() in {"1", "true", "yes", "on"}:
        return True
    if text.lower() in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} must be 1 or 0, not {text!r}.")


def _url(name: str, *, default: str, schemes: set[str]) -> str:
    text = _env.str(name, default=default)
    if text and urlsplit(text).scheme not in schemes:
        raise ImproperlyConfigured(f"{name} must start with one of {sorted(schemes)}.")
    return text


def _number(name: str, *, default: int, least: int, most: int) -> int:
    text = _env.str(name, default=str(default))
    if not text.isdecimal() or not least <= int(text) <= most:
        raise ImproperlyConfigured(f"{name} must be a number from {least} to {most}, not {text!r}.")
    return int(text)


def _choice(name: str, *, default: str, choices: Sequence[str]) -> str:
    text = _env.str(name, default="") or default
    if text not in choices:
        raise ImproperlyConfigured(f"{name} must be {' or '.join(choices)}, not {text!r}.")
    return text


def _secret_key() -> str:
    text = _env.str("SECRET_KEY", default="")
    if text:
        return text
    if DEBUG:
        return _debug_secret()
    raise ImproperlyConfigured("SECRET_KEY is required unless DEBUG=1.")


def _debug_secret() -> str:
    """A random key, kept beside the database so that a restart does not sign everyone out."""
    path = BASE_DIR / ".debug-secret-key"
    if not path.exists():
        with tempfile.NamedTemporaryFile("w", dir=BASE_DIR, prefix=".debug-secret-") as fresh:
            fresh.write(secrets.token_urlsafe(50))
            fresh.flush()
            with contextlib.suppress(FileExistsError):  # another process was faster
                os.link(fresh.name, path)
    return path.read_text()


DEBUG = _flag("DEBUG", default=False)
SECRET_KEY = _secret_key()
DATABASE_URL = _url(
    "DATABASE_URL",
    default=f"sqlite:///{BASE_DIR / 'db.sqlite3'}",
    schemes={"sqlite", "postgres", "postgresql"},
)
REDIS_URL = _url("REDIS_URL", default="", schemes={"redis", "rediss", "unix"})
EMAIL_URL = _url(
    "EMAIL_URL",
    default="consolemail://",
    schemes={"smtp", "smtp+tls", "smtp+ssl", "consolemail", "filemail", "memorymail", "dummymail"},
)
ALLOWED_HOSTS = _env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
PORT = _number("PORT", default=8000, least=1, most=65535)
PROXY_COUNT = _number("PROXY_COUNT", default=0, least=0, most=9)
LOG_LEVEL = _env.str("LOG_LEVEL", default="INFO").upper()
if LOG_LEVEL not in {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}:
    raise ImproperlyConfigured(
        f"LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR, not {LOG_LEVEL!r}."
    )
LOG_FORMAT = _choice("LOG_FORMAT", default="text" if DEBUG else "json", choices=("json", "text"))
LIMIT_ROWS = _number("LIMIT_ROWS", default=0, least=0, most=10**12)
LIMIT_WAITING_JOBS = _number("LIMIT_WAITING_JOBS", default=1_000, least=1, most=1_000_000)
LIMIT_DATABASE_GB = _number("LIMIT_DATABASE_GB", default=0, least=0, most=1_000_000)
