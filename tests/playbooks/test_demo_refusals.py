"""When the demo is not built: in production, beside real accounts, or not to its end."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from accounts.models import Account, User
from playbooks.errors import DemoNotAlone
from playbooks.services import demo
from tests.factories import NOW, make_account

pytestmark = pytest.mark.django_db


class Killed(Exception):
    """As if the process had been stopped."""


def test_it_is_refused_outside_debug() -> None:
    with pytest.raises(CommandError, match="DEBUG=1"):
        call_command("demo")
    assert not User.objects.exists()


def test_a_reset_is_refused_outside_debug() -> None:
    with pytest.raises(CommandError, match="DEBUG=1"):
        call_command("demo", reset=True, no_input=True)


def test_it_is_refused_beside_other_accounts(settings: Settings) -> None:
    settings.DEBUG = True
    make_account()
    with pytest.raises(DemoNotAlone):
        demo.build(now=NOW)
    assert not User.objects.filter(email__endswith="@demo.example").exists()


def test_an_interrupted_run_leaves_nothing_so_that_the_next_one_can_begin(
    settings: Settings,
) -> None:
    settings.DEBUG = True
    call_command("load_defaults", stdout=StringIO())

    def stop(done: int, total: int) -> None:
        if done == 2:
            raise Killed

    with pytest.raises(Killed):
        demo.build(now=NOW, most_per_story=1, progress=stop)
    assert not Account.objects.exists()
    assert not User.objects.exists()
