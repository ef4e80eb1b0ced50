"""Environment variables: each is in the README's table, and a bad value stops the start by name."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from tests.architecture.repository import ROOT, variables_read


def variables_documented() -> set[str]:
    """The first column of the table of the README that DATABASE_URL stands in."""
    tables = re.findall(r"(?:^\|.*\n)+", (ROOT / "README.md").read_text(), flags=re.MULTILINE)
    table = next((table for table in tables if "`DATABASE_URL`" in table), "")
    return set(re.findall(r"^\|\s*`([A-Z][A-Z_]+)`", table, flags=re.MULTILINE))


def start_with(
    code: str = "import config.env", /, **variables: str
) -> subprocess.CompletedProcess[str]:
    inherited = {k: v for k, v in os.environ.items() if k not in variables_read()}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**inherited, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_readme_lists_each_variable_that_is_read() -> None:
    assert variables_documented() == variables_read()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("DATABASE_URL", "mysql://localhost/foothold", id="a database not supported"),
        pytest.param("REDIS_URL", "http://localhost", id="not a Redis address"),
        pytest.param("EMAIL_URL", "carrier-pigeon://", id="no way to send e-mail"),
        pytest.param("SLACK_WEBHOOK_URL", "http://hooks.example", id="Slack without TLS"),
        pytest.param("SITE_URL", "foothold.example", id="a site without a scheme"),
        pytest.param("DEBUG", "perhaps", id="neither on nor off"),
        pytest.param("ORGANISATION_TIME_ZONE", "Berlin", id="no time zone"),
        pytest.param("PORT", "0", id="no port"),
        pytest.param("PORT", "http", id="not a number"),
        pytest.param("PROXY_COUNT", "-1", id="fewer than no proxies"),
        pytest.param("JOB_STALLED_AFTER_SECONDS", "1", id="shorter than a step of a job"),
        pytest.param("LOG_LEVEL", "loud", id="not a level"),
        pytest.param("METRICS_TOKEN", "guessable", id="a token that is too short"),
        pytest.param("LIMIT_ROWS", "many", id="not a number of rows"),
        pytest.param("LIMIT_WAITING_JOBS", "0", id="a queue that is always full"),
        pytest.param("LIMIT_DATABASE_GB", "1.5", id="a part of a gigabyte"),
        pytest.param("LOG_FORMAT", "xml", id="not a format"),
        pytest.param("SECRET_KEY", "", id="no key outside of DEBUG"),
        pytest.param("SSO_OIDC_URL", "http://idp.example", id="a provider without TLS"),
        pytest.param("SSO_SAML_METADATA", "http://idp.example/m", id="metadata without TLS"),
        pytest.param("SSO_SAML_METADATA", "no/such/file.xml", id="no such file"),
        pytest.param("SSO_ONLY", "1", id="only a provider, and none is there"),
        pytest.param("SECOND_FACTOR", "perhaps", id="no such choice"),
    ],
)
def test_a_bad_value_stops_the_start_and_is_named(name: str, value: str) -> None:
    started = start_with(**{"SECRET_KEY": "x" * 50, name: value})
    assert started.returncode != 0
    assert name in started.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    "left_out", ["SSO_OIDC_URL", "SSO_OIDC_CLIENT_ID", "SSO_OIDC_CLIENT_SECRET"]
)
def test_half_of_a_provider_stops_the_start_and_the_rest_is_named(left_out: str) -> None:
    given = {
        "SSO_OIDC_URL": "https://idp.example",
        "SSO_OIDC_CLIENT_ID": "foothold",
        "SSO_OIDC_CLIENT_SECRET": "secret",
    }
    del given[left_out]
    started = start_with(SECRET_KEY="x" * 50, **given)
    assert started.returncode != 0
    assert left_out in started.stderr.splitlines()[-1]


def test_a_key_is_all_that_a_start_needs() -> None:
    started = start_with(SECRET_KEY="x" * 50)
    assert (started.returncode, started.stderr) == (0, "")


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        pytest.param("0", None, id="nobody in front: the caller would write it"),
        pytest.param("1", ("HTTP_X_FORWARDED_PROTO", "https"), id="a proxy that ends TLS"),
    ],
)
def test_https_is_believed_from_a_proxy_only(count: str, expected: object) -> None:
    code = "from config import settings; print(settings.SECURE_PROXY_SSL_HEADER)"
    started = start_with(code, SECRET_KEY="x" * 50, PROXY_COUNT=count)
    assert started.stdout == f"{expected}\n"


@pytest.mark.parametrize(
    ("given", "site"),
    [
        pytest.param({}, "http://127.0.0.1:8000", id="on this machine"),
        pytest.param({"ALLOWED_HOSTS": "a.example,b.example"}, "https://a.example", id="a host"),
        pytest.param({"ALLOWED_HOSTS": ".example"}, "http://127.0.0.1:8000", id="any host of many"),
        pytest.param(
            {"SITE_URL": "https://foothold.example/"}, "https://foothold.example", id="said"
        ),
    ],
)
def test_links_in_emails_lead_to_the_site(given: dict[str, str], site: str) -> None:
    code = "from config import settings; print(settings.SITE_URL)"
    assert start_with(code, SECRET_KEY="x" * 50, **given).stdout == f"{site}\n"


def test_metrics_without_their_library_stop_the_start_and_say_what_to_install() -> None:
    code = "import sys; sys.modules['prometheus_client'] = None; import config.env"
    assert start_with(code, SECRET_KEY="x" * 50).returncode == 0
    started = start_with(code, SECRET_KEY="x" * 50, METRICS_TOKEN="x" * 16)
    assert "requirements-metrics.txt" in started.stderr.splitlines()[-1]


def test_metrics_that_are_off_load_nothing() -> None:
    code = (
        "import django, sys; django.setup(); import config.urls;"
        " print('prometheus_client' in sys.modules)"
    )
    started = start_with(code, SECRET_KEY="x" * 50, DJANGO_SETTINGS_MODULE="config.settings")
    assert started.stdout == "False\n"
