from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Account, User
from tests import factories
from tests.usage.payloads import BUILDS

pytestmark = pytest.mark.django_db


def run(name: str, *arguments: str) -> str:
    output = io.StringIO()
    call_command(name, *arguments, stdout=output)
    return output.getvalue()


def test_withdrawing_says_how_much_was_erased(account: Account, admin: User) -> None:
    factories.make_metric(BUILDS, data_category="optional")
    instance = factories.make_instance(subscription=factories.make_subscription(account=account))
    factories.make_snapshot(instance=instance, metrics={BUILDS: 4000})
    told = run("withdraw_consent", account.external_id, "--note", "Call", "--by", admin.email)
    assert "0 payloads, 1 snapshots, 0 cards, 0 transitions, 0 calls to action" in told
    assert account.consents.get(number=2).note == "Call"
    assert account.consents.get(number=2).by == admin


def test_granting_is_noted(account: Account) -> None:
    run("withdraw_consent", account.external_id)
    assert "shares optional data" in run("grant_consent", account.external_id)
    account.refresh_from_db()
    assert account.shares_optional_data


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (("A-none",), "no account with the external id 'A-none'"),
        (("A-1", "--by", "nobody@x.example"), "no user with the e-mail"),
        (("A-1", "--category", "operational"), "comes with the contract"),
    ],
)
def test_a_wrong_call_ends_with_a_clear_line(arguments: tuple[str, ...], fault: str) -> None:
    factories.make_account(external_id="A-1")
    with pytest.raises(CommandError, match=fault):
        run("withdraw_consent", *arguments)
