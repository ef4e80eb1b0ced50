"""`manage.py score`: what it prints, what it refuses."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from tests import book
from tests.book import build, make_customer

pytestmark = pytest.mark.django_db


def run(*args: str) -> list[str]:
    out = io.StringIO()
    call_command("score", *args, stdout=out)
    return out.getvalue().splitlines()


MONTHS = ("--from", "2026-08", "--to", "2026-10")


@pytest.fixture
def customer(csm: User) -> None:
    book.load_edition()
    book.make_triggers()
    build(make_customer(csm), "GGY")


def test_it_prints_counts(customer: None) -> None:
    assert run(*MONTHS) == [
        "1 accounts: 3 cards (3 created, 0 changed, 0 unchanged), 0 removed; 1 transitions.",
        "1 signals: 1 calls to action opened, 0 added to.",
    ]


def test_an_edition_that_is_not_in_force_opens_nothing(customer: None) -> None:
    book.load_edition("2024", status="draft", in_force_from="2030-01-01")
    assert run(*MONTHS, "--edition", "2024")[1] == (
        "The edition is not in force: no transitions, no calls to action."
    )


@pytest.mark.parametrize(
    ("args", "reason"),
    [
        pytest.param(
            ("--from", "2026-10", "--to", "2026-08"), "--from lies after --to", id="reversed"
        ),
        pytest.param((*MONTHS, "--edition", "1999"), "no edition named '1999'", id="edition"),
        pytest.param(("--from", "October", "--to", "2026-10"), "is not a month", id="month"),
        pytest.param(("--from", "2026-10"), "required: --to", id="no end"),
    ],
)
def test_what_it_refuses(customer: None, args: tuple[str, ...], reason: str) -> None:
    with pytest.raises(CommandError, match=reason):
        run(*args)


def test_without_an_edition_in_force_it_says_what_to_do(db: None) -> None:
    with pytest.raises(CommandError, match=r"run `manage\.py load_defaults`"):
        run(*MONTHS)
