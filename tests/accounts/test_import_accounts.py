"""Accounts and subscriptions by their external ids: created, updated, left alone or rejected."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from accounts.models import Account, License, Plan, Subscription, Team, User
from tests import factories
from tests.history import history_of
from tests.usage.folders import (
    ACCOUNT,
    ACCOUNTS,
    SUBSCRIPTION,
    SUBSCRIPTIONS,
    counts,
    load,
    load_file,
    write,
    write_all,
)
from usage.models import RejectedRow

pytestmark = pytest.mark.django_db

MINIMAL = "external_id,name,customer_since"


def rejected() -> list[tuple[int, str, str]]:
    rows = RejectedRow.objects.order_by("line")
    return list(rows.values_list("line", "field", "reason"))


# --- accounts -------------------------------------------------------------------------------------
def test_accounts_are_created_with_their_csm(tmp_path: Path, csm: User) -> None:
    row = f"A1,Larch Telecom,2025-01-01,growth,software,EMEA,{csm.email.upper()}"
    assert load_file(tmp_path, "accounts.csv", ACCOUNTS, row) == (1, 0, 0, 0)
    account = Account.objects.get(external_id="A1")
    assert (account.name, account.customer_since) == ("Larch Telecom", date(2025, 1, 1))
    assert (account.segment, account.industry, account.region) == ("growth", "software", "EMEA")
    assert (account.csm, account.shares_optional_data) == (csm, True)
    assert account.priority == Account.Priority.STANDARD
    assert [row.history_type for row in history_of(account)] == ["+"]


def test_the_same_file_again_changes_nothing(tmp_path: Path) -> None:
    write_all(tmp_path)
    load(tmp_path)
    before = Account.objects.get().updated_at
    again = load(tmp_path)
    assert [counts(again, name) for name in again.outcomes] == [(0, 0, 1, 0)] * 3
    assert Account.objects.get().updated_at == before
    assert len(history_of(Account)) == len(history_of(Subscription)) == 1


def test_a_changed_row_updates_its_account_and_keeps_history(tmp_path: Path) -> None:
    account = factories.make_account(external_id="A1", name="Larch", industry="mining")
    row = "A1,Larch Telecom,2025-01-01"
    assert load_file(tmp_path, "accounts.csv", MINIMAL, row) == (0, 1, 0, 0)
    account.refresh_from_db()
    assert (account.name, account.industry) == ("Larch Telecom", "mining")
    newest = history_of(account)[-1]
    assert (newest.name, newest.history_type) == ("Larch Telecom", "~")
    assert newest.history_change_reason == "import of accounts.csv"


def test_an_empty_cell_empties_what_was_there(tmp_path: Path, csm: User) -> None:
    account = factories.make_account(external_id="A1", segment="growth", csm=csm)
    load_file(tmp_path, "accounts.csv", ACCOUNTS, "A1,Larch,2025-01-01,,,,")
    account.refresh_from_db()
    assert (account.segment, account.csm) == ("", None)


def test_an_unknown_csm_becomes_an_inactive_user_and_is_told(tmp_path: Path) -> None:
    write(tmp_path, "accounts.csv", ACCOUNTS, ACCOUNT)
    outcome = load(tmp_path).outcomes["accounts.csv"]
    user = User.objects.get(email="cleo@foothold.example")
    assert (user.is_active, user.has_usable_password(), user.role) == (False, False, "csm")
    assert Account.objects.get().csm == user
    assert outcome.notes == ["new CSM, inactive and without a password: cleo@foothold.example"]


def test_optional_columns_say_priority_and_team(tmp_path: Path) -> None:
    header = f"{MINIMAL},priority,team"
    rows = ("A1,Larch,2025-01-01,1,EMEA", "A2,Yew,2025-01-01,,", "A3,Elm,2025-01-01,3,EMEA")
    assert load_file(tmp_path, "accounts.csv", header, *rows) == (2, 0, 0, 1)
    assert Account.objects.get(external_id="A1").team == Team.objects.get(name="EMEA")
    assert Account.objects.get(external_id="A1").priority == Account.Priority.HIGH
    assert Account.objects.get(external_id="A2").priority == Account.Priority.STANDARD
    assert [row[:2] for row in rejected()] == [(4, "priority")]


def test_a_parent_may_come_after_its_child(tmp_path: Path) -> None:
    rows = ("A2,Child,2025-01-01,A1", "A1,Parent,2025-01-01,")
    assert load_file(tmp_path, "accounts.csv", f"{MINIMAL},parent", *rows) == (2, 0, 0, 0)
    assert Account.objects.get(external_id="A2").parent == Account.objects.get(external_id="A1")
    [created] = history_of(Account.objects.get(external_id="A2"))
    assert created.parent_id == Account.objects.get(external_id="A1").pk


def test_a_parent_is_changed_and_taken_away(tmp_path: Path) -> None:
    parent = factories.make_account(external_id="A1", customer_since=date(2025, 1, 1))
    child = factories.make_account(external_id="A2", name="C", customer_since=date(2025, 1, 1))
    header = f"{MINIMAL},parent"
    assert load_file(tmp_path, "accounts.csv", header, "A2,C,2025-01-01,A1") == (0, 1, 0, 0)
    child.refresh_from_db()
    assert child.parent == parent
    assert load_file(tmp_path, "accounts.csv", header, "A2,C,2025-01-01,A1") == (0, 0, 1, 0)
    assert load_file(tmp_path, "accounts.csv", header, "A2,C,2025-01-01,") == (0, 1, 0, 0)
    child.refresh_from_db()
    assert child.parent is None


def test_an_unknown_parent_rejects_its_child_and_in_turn_the_grandchild(tmp_path: Path) -> None:
    rows = ("A1,Grandchild,2025-01-01,A2", "A2,Child,2025-01-01,A9", "A3,Other,2025-01-01,")
    assert load_file(tmp_path, "accounts.csv", f"{MINIMAL},parent", *rows) == (1, 0, 0, 2)
    assert rejected() == [(2, "parent", "is unknown: 'A2'"), (3, "parent", "is unknown: 'A9'")]


def test_nobody_is_their_own_ancestor(tmp_path: Path) -> None:
    factories.make_account(external_id="A1", name="A", customer_since=date(2025, 1, 1))
    rows = ("A1,A,2025-01-01,A2", "A2,B,2025-01-01,A1", "A3,C,2025-01-01,A3")
    created, updated, _, bad = load_file(tmp_path, "accounts.csv", f"{MINIMAL},parent", *rows)
    assert (created, updated, bad) == (1, 0, 2)
    assert [(line, field) for line, field, _ in rejected()] == [(2, "parent"), (4, "parent")]


def test_a_bad_row_is_kept_with_its_columns_and_the_others_go_in(tmp_path: Path) -> None:
    rows = ("A1,Larch,yesterday", "A2,Yew,2025-01-01")
    assert load_file(tmp_path, "accounts.csv", MINIMAL, *rows) == (1, 0, 0, 1)
    row = RejectedRow.objects.get()
    assert (row.kind, row.source, row.line) == ("account", "accounts.csv", 2)
    assert (row.field, row.text) == ("customer_since", f"{MINIMAL}\nA1,Larch,yesterday")


def test_an_id_that_comes_twice_is_unchanged_or_rejected(tmp_path: Path) -> None:
    rows = ("A1,Larch,2025-01-01", "A1,Larch,2025-01-01", "A1,Yew,2025-01-01")
    assert load_file(tmp_path, "accounts.csv", MINIMAL, *rows) == (1, 0, 1, 1)
    assert rejected() == [
        (4, "external_id", "has come on line 2 already, with other values"),
    ]


# --- subscriptions --------------------------------------------------------------------------------
@pytest.fixture
def owner(db: None) -> Account:
    return factories.make_account(external_id="A1")


def test_subscriptions_are_created(tmp_path: Path, owner: Account) -> None:
    row = "S1,A1,ultimate,GitLab.com,2025-01-01,,,"
    assert load_file(tmp_path, "subscriptions.csv", SUBSCRIPTIONS, row) == (1, 0, 0, 0)
    stored = Subscription.objects.get(external_id="S1")
    assert (stored.account, stored.plan.name, stored.delivery) == (owner, "Ultimate", "SaaS")
    assert (stored.end_date, stored.seats, stored.arr) == (None, None, Decimal(0))


def test_a_changed_subscription_is_updated(tmp_path: Path, owner: Account) -> None:
    load_file(tmp_path, "subscriptions.csv", SUBSCRIPTIONS, SUBSCRIPTION)
    changed = SUBSCRIPTION.replace(",100,", ",250,")
    assert load_file(tmp_path, "subscriptions.csv", SUBSCRIPTIONS, changed) == (0, 1, 0, 0)
    assert Subscription.objects.get().seats == 250
    assert [row.seats for row in history_of(Subscription)] == [100, 250]


def test_the_plans_that_ship_are_ranked_and_an_unknown_one_above_them(
    tmp_path: Path, owner: Account
) -> None:
    write(tmp_path, "subscriptions.csv", SUBSCRIPTIONS, SUBSCRIPTION.replace("Ultimate", "Galaxy"))
    outcome = load(tmp_path).outcomes["subscriptions.csv"]
    assert list(Plan.objects.order_by("rank").values_list("name", flat=True)) == [
        "Free",
        "Premium",
        "Ultimate",
        "Galaxy",
    ]
    assert outcome.notes == ["new plan, ranked above the others: Galaxy"]


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        pytest.param("A1", "A9", "account", id="an unknown account"),
        pytest.param("Self-Managed", "Cloud", "delivery", id="an unknown delivery"),
        pytest.param("2027-12-31", "2024-12-31", "end_date", id="an end before the start"),
        pytest.param(",100,", ",-1,", "seats", id="seats below 0"),
        pytest.param("50000", "many", "arr", id="no amount"),
        pytest.param("Ultimate", "", "plan", id="no plan"),
    ],
)
def test_a_bad_subscription_is_rejected_by_field(
    tmp_path: Path, owner: Account, old: str, new: str, field: str
) -> None:
    row = SUBSCRIPTION.replace(old, new)
    assert load_file(tmp_path, "subscriptions.csv", SUBSCRIPTIONS, row) == (0, 0, 0, 1)
    assert [found for _, found, _ in rejected()] == [field]


# --- licenses -------------------------------------------------------------------------------------
LICENSED = f"{SUBSCRIPTIONS},license_md5,license_sha256"
MD5, SHA256 = "a" * 32, "b" * 64


def test_a_license_comes_with_its_subscription(tmp_path: Path, owner: Account) -> None:
    row = f"{SUBSCRIPTION},{MD5.upper()},"
    assert load_file(tmp_path, "subscriptions.csv", LICENSED, row) == (1, 0, 0, 0)
    assert load_file(tmp_path, "subscriptions.csv", LICENSED, row) == (0, 0, 1, 0)
    license_ = License.objects.get()
    assert (license_.subscription.external_id, license_.md5, license_.sha256) == ("S1", MD5, None)


def test_a_license_is_completed_with_its_other_hash(tmp_path: Path, owner: Account) -> None:
    load_file(tmp_path, "subscriptions.csv", LICENSED, f"{SUBSCRIPTION},{MD5},")
    load_file(tmp_path, "subscriptions.csv", LICENSED, f"{SUBSCRIPTION},{MD5},{SHA256}")
    license_ = License.objects.get()
    assert (license_.md5, license_.sha256) == (MD5, SHA256)


def test_a_renewed_license_is_another_one(tmp_path: Path, owner: Account) -> None:
    load_file(tmp_path, "subscriptions.csv", LICENSED, f"{SUBSCRIPTION},{MD5},")
    load_file(tmp_path, "subscriptions.csv", LICENSED, f"{SUBSCRIPTION},{'c' * 32},")
    assert License.objects.count() == 2


def test_a_hash_belongs_to_one_subscription(tmp_path: Path, owner: Account) -> None:
    factories.make_license(md5=MD5)
    second = SUBSCRIPTION.replace("S1", "S2")
    rows = (
        f"{SUBSCRIPTION},{MD5},",
        f"{second},,{SHA256}",
        f"{second.replace('S2', 'S3')},,{SHA256}",
    )
    assert load_file(tmp_path, "subscriptions.csv", LICENSED, *rows) == (1, 0, 0, 2)
    assert [(line, field) for line, field, _ in rejected()] == [
        (2, "license_md5"),
        (4, "license_sha256"),
    ]
