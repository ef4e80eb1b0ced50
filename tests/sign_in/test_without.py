"""Foothold without the extra: it starts, and nothing of it is there; switched on it says what to install."""

from __future__ import annotations

import pytest

from tests.architecture.test_environment import start_with

HIDDEN = (
    "import sys; sys.modules.update(dict.fromkeys(('allauth', 'lxml', 'onelogin', 'requests'))); "
)
START = (
    HIDDEN + "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'config.settings'; import django; "
    "django.setup(); from django.core.management import call_command; call_command('check'); "
    "from django.test import Client; page = Client().get('/login/'); "
    "assert page.status_code == 200 and 'sso' not in page.text; "
    "assert Client().get('/second-factor/').status_code == 404; "
    "from django.conf import settings; print(settings.INSTALLED_APPS, settings.MIDDLEWARE)"
)


@pytest.mark.slow
def test_the_packages_are_needed_only_where_they_are_switched_on() -> None:
    started = start_with(START, DEBUG="1", SECRET_KEY="x" * 50, ALLOWED_HOSTS="testserver")
    assert started.returncode == 0, started.stderr
    assert "allauth" not in started.stdout


@pytest.mark.parametrize(
    "switched_on",
    [
        {"SECOND_FACTOR": "optional"},
        {
            "SSO_OIDC_URL": "https://idp.example",
            "SSO_OIDC_CLIENT_ID": "foothold",
            "SSO_OIDC_CLIENT_SECRET": "secret",
        },
    ],
    ids=["second factor", "single sign-on"],
)
def test_without_the_packages_the_start_says_what_to_install(switched_on) -> None:
    code = "import importlib.util as u; u.find_spec = lambda name: None; import config.sign_in"
    started = start_with(code, SECRET_KEY="x" * 50, **switched_on)
    assert started.returncode != 0
    assert "requirements-sso.txt" in started.stderr.splitlines()[-1]
