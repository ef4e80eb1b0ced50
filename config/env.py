"""Environment variables: each is read here, once, and stands in the README's table."""

from __future__ import annotations

import atexit
import contextlib
import os
import secrets
import shutil
import tempfile
import zoneinfo
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent

METRICS_TOKEN_LEAST = 16
LOOPBACK = {"localhost", "127.0.0.1", "::1"}

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


def _time_zone(name: str, *, default: str) -> str:
    text = _env.str(name, default="") or default
    if text not in zoneinfo.available_timezones():
        raise ImproperlyConfigured(
            f"{name} must name a time zone as Europe/Berlin does, not {text!r}."
        )
    return text


def _site_url() -> str:
    """Where people find the pages: what links in e-mails begin with."""
    named = next((host for host in ALLOWED_HOSTS if host not in {*LOOPBACK, "[::1]"}), "")
    is_public = named and not named.startswith((".", "*"))
    guessed = f"https://{named}" if is_public else f"http://127.0.0.1:{PORT}"
    text = _url("SITE_URL", default="", schemes={"http", "https"}) or guessed
    return text.rstrip("/")


def _metrics_token() -> str:
    token = _env.str("METRICS_TOKEN", default="")
    if token and len(token) < METRICS_TOKEN_LEAST:
        raise ImproperlyConfigured(
            f"METRICS_TOKEN must have {METRICS_TOKEN_LEAST} characters or more."
        )
    if token and find_spec("prometheus_client") is None:
        raise ImproperlyConfigured(
            "METRICS_TOKEN needs prometheus-client: install requirements-metrics.txt."
        )
    return token


def _metrics_folder() -> None:
    """Settle where the web processes count before the library looks for it.

    Where none is named, the first process makes one, and those that it starts inherit it.
    """
    if _env.str("PROMETHEUS_MULTIPROC_DIR", default=""):
        return
    folder = tempfile.mkdtemp(prefix="foothold-metrics-")
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
    atexit.register(_remove_own, folder, os.getpid())


def _remove_own(folder: str, maker: int) -> None:
    if os.getpid() == maker:  # not when a process ends that was forked off
        shutil.rmtree(folder, ignore_errors=True)


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
SECRET_KEY_FALLBACKS = _env.list("SECRET_KEY_FALLBACKS", default=[])
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
EMAIL_FROM = _env.str("EMAIL_FROM", default="") or "Foothold <foothold@localhost>"
SLACK_WEBHOOK_URL = _url("SLACK_WEBHOOK_URL", default="", schemes={"https"})
OUTGOING_HOSTS = [host for host in _env.list("OUTGOING_HOSTS", default=[]) if host]
JOB_STALLED_AFTER_SECONDS = _number("JOB_STALLED_AFTER_SECONDS", default=300, least=2, most=86_400)
ALLOWED_HOSTS = _env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
ORGANISATION_TIME_ZONE = _time_zone("ORGANISATION_TIME_ZONE", default="UTC")
PORT = _number("PORT", default=8000, least=1, most=65535)
SITE_URL = _site_url()
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
METRICS_TOKEN = _metrics_token()
if METRICS_TOKEN:
    _metrics_folder()


# --- Sign-in beyond passwords: config/sign_in.py makes settings of it ------------------------------
def _address_of_provider(name: str) -> str:
    """An https address; plain http only of this machine, for trials."""
    text = _env.str(name, default="")
    parts = urlsplit(text)
    if (
        text
        and parts.scheme != "https"
        and not (parts.scheme == "http" and parts.hostname in LOOPBACK)
    ):
        raise ImproperlyConfigured(f"{name} must start with https://.")
    return text


def _saml_metadata(name: str) -> str:
    """An https address, or a file as file:// so that both are read in one way."""
    text = _env.str(name, default="")
    if "://" in text or not text:
        return _address_of_provider(name)
    path = Path(text).resolve()
    if not path.is_file():
        raise ImproperlyConfigured(f"{name}: there is no file {text!r}.")
    return path.as_uri()


SSO_OIDC_URL = _address_of_provider("SSO_OIDC_URL").rstrip("/")
SSO_OIDC_CLIENT_ID = _env.str("SSO_OIDC_CLIENT_ID", default="")
SSO_OIDC_CLIENT_SECRET = _env.str("SSO_OIDC_CLIENT_SECRET", default="")
SSO_SAML_METADATA = _saml_metadata("SSO_SAML_METADATA")
SSO_NAME = _env.str("SSO_NAME", default="single sign-on")
SSO_TRUST_EMAIL = _flag("SSO_TRUST_EMAIL", default=False)
SSO_CREATE_USERS = _flag("SSO_CREATE_USERS", default=False)
SSO_ONLY = _flag("SSO_ONLY", default=False)
SECOND_FACTOR = _env.str("SECOND_FACTOR", default="off").lower()

_of_oidc = {
    "SSO_OIDC_URL": SSO_OIDC_URL,
    "SSO_OIDC_CLIENT_ID": SSO_OIDC_CLIENT_ID,
    "SSO_OIDC_CLIENT_SECRET": SSO_OIDC_CLIENT_SECRET,
}
if any(_of_oidc.values()) and not all(_of_oidc.values()):
    _missing = " and ".join(name for name, value in _of_oidc.items() if not value)
    raise ImproperlyConfigured(f"Sign-in by OpenID Connect also needs {_missing}.")
if SSO_ONLY and not (SSO_OIDC_URL or SSO_SAML_METADATA):
    raise ImproperlyConfigured("SSO_ONLY without SSO_OIDC_URL or SSO_SAML_METADATA lets nobody in.")
if SECOND_FACTOR not in {"off", "optional", "admins", "everyone"}:
    raise ImproperlyConfigured(
        f"SECOND_FACTOR must be off, optional, admins or everyone, not {SECOND_FACTOR!r}."
    )
