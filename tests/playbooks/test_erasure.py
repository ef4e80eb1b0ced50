"""An account, or a contact, is erased: nothing of it stays, nothing brings it back, contracts are kept."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.management import CommandError, call_command
from django.test import override_settings

from accounts.models import (
    Account,
    Contact,
    ErasedKey,
    Erasure,
    Job,
    RetainedContract,
    User,
)
from accounts.services import erasure, jobs
from playbooks.models import CTAEvent
from playbooks.services import bulk
from playbooks.services.bulk import Asked
from tests import factories
from tests.factories import NOW
from tests.usage.payloads import HOSTNAME, UUID, ingest, line
from usage.models import Instance, RejectedRow, Snapshot
from usage.services import consent, imports

pytestmark = pytest.mark.django_db

MARK = "zanzibar"  # stands in every text that is the customer's
MD5 = "a" * 32


@pytest.fixture
def customer(csm: User) -> Account:
    """An account with a row in every table that can hold one of it, and a history."""
    account = factories.make_account(
        external_id=f"{MARK}-1", name=f"{MARK} ltd", industry=MARK, csm=csm
    )
    account.save()
    factories.make_contact(account=account, name=f"Zoe {MARK}", email=f"zoe@{MARK}.example")
    consent.withdraw(account_id=account.pk, by=csm, now=NOW)
    subscription = factories.make_subscription(account=account, external_id="S-1", arr=5_000)
    factories.make_license(subscription=subscription, md5=MD5)
    instance = factories.make_instance(
        external_id=UUID, hostname=HOSTNAME, subscription=subscription
    )
    ingest(line(note=MARK), line(recorded_at="soon", note=MARK))
    factories.make_score_card(account=account, evidence={"rows": [MARK]})
    factories.make_transition(account=account)
    factories.make_card_drift(account=account, differences=f"{MARK}: stored 1, rebuilt 2")
    cta = factories.make_cta(account=account, title=f"Call {MARK}")
    factories.make_task(cta=cta, title=f"Write to Zoe {MARK}")
    bulk.ask(asked=Asked("start", {}, "Start work"), cta_ids=[cta.pk], by=csm, now=NOW)
    factories.make_event(cta=cta, text=f"ZOE {MARK} is on leave, zoe@{MARK}.example bounces")
    alert = factories.make_notification(account=account, title=f"Call {MARK}", text=f"Zoe {MARK}")
    factories.make_delivery(notification=alert)
    factories.make_follow(account=account)
    factories.make_link(cta=cta, label=MARK)
    activity = factories.make_activity(account=account, subject=f"Call with Zoe {MARK}")
    factories.make_attendance(activity=activity, user=csm)
    factories.make_mention(activity=activity, user=csm)
    factories.make_objective(plan=factories.make_success_plan(account=account, title=MARK))
    for make in (
        "support_case", "survey_response", "manual_measure", "milestone", "bought_use_case",
        "adoption_goal", "non_adoption", "outcome",
    ):  # fmt: skip
        getattr(factories, f"make_{make}")(account=account)
    LogEntry.objects.log_actions(csm.pk, [account], CHANGE, change_message=MARK, single_object=True)
    assert instance.payloads.exists()
    Job.objects.all().delete()
    return account


def texts() -> Iterator[str]:
    """Every value of every table, as one text per row."""
    for model in apps.get_models():
        for row in model._default_manager.order_by().values_list():
            yield f"{model._meta.label} {row}"


def erase(account: Account) -> dict[str, int]:
    begun = erasure.begin(account_id=account.pk, by=None, now=NOW)
    return erasure.erase(begun, now=NOW)


def test_nothing_names_the_customer_any_more(customer: Account) -> None:
    erase(customer)
    assert [text for text in texts() if MARK in text.lower() or UUID in text] == []


def test_what_is_erased_is_what_the_dry_run_says(customer: Account) -> None:
    expected = erasure.contents(customer.pk)
    assert erase(customer) == {name: count for name, count in expected.items() if count}
    assert min(expected.values()) >= 1


def test_contracts_are_kept_without_a_name(customer: Account) -> None:
    erase(customer)
    contract = RetainedContract.objects.get()
    assert (contract.external_id, contract.plan) == ("S-1", "Premium")
    assert contract.arr == Decimal(5_000)
    assert contract.erasure.finished_at == NOW


def test_other_customers_keep_what_is_theirs(customer: Account) -> None:
    other = factories.make_account()
    subscription = factories.make_subscription(account=other)
    factories.make_raw_payload(instance=factories.make_instance(subscription=subscription))
    factories.make_task(cta=factories.make_cta(account=other))
    before = erasure.contents(other.pk)
    erase(customer)
    assert erasure.contents(other.pk) == before


def test_one_that_was_cut_off_goes_on(customer: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasure, "ROWS_PER_BATCH", 1)
    expected = erasure.contents(customer.pk)
    begun = erasure.begin(account_id=customer.pk, by=None, now=NOW)

    def cut_off(done: int, total: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        erasure.erase(begun, now=NOW, progress=cut_off)
    assert Account.objects.filter(pk=customer.pk).exists()
    again = erasure.begin(account_id=customer.pk, by=None, now=NOW)
    assert again == begun
    assert sum(erasure.erase(again, now=NOW).values()) == sum(expected.values())
    assert not Account.objects.filter(pk=customer.pk).exists()


def test_erased_again_it_says_the_same(customer: Account) -> None:
    begun = erasure.begin(account_id=customer.pk, by=None, now=NOW)
    first = erasure.erase(begun, now=NOW)
    assert erasure.erase(Erasure.objects.get(), now=NOW) == first


def test_a_job_erases_with_progress(customer: Account, admin: User) -> None:
    job = erasure.request(account_id=customer.pk, by=admin, now=NOW)
    assert jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == Job.State.DONE
    assert job.done_count > 5
    assert Erasure.objects.get().by == admin


# --- it does not come back ------------------------------------------------------------------------
@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({}, id="the instance"),
        pytest.param({"hostname": "clone.example"}, id="a clone of it"),
        pytest.param({"uuid": "new", "hostname": "new", "license_md5": MD5}, id="its licence"),
    ],
)
def test_a_payload_is_refused_and_its_text_not_kept(
    customer: Account, fields: dict[str, str]
) -> None:
    erase(customer)
    (result,) = ingest(line(note=MARK, **fields))
    assert (result.result.value, result.field) == ("rejected", "uuid")
    assert "was erased at the customer's wish" in result.reason
    assert not Instance.objects.exists()
    assert RejectedRow.objects.latest("pk").text == ""


def test_payloads_of_others_still_come_in(customer: Account) -> None:
    erase(customer)
    assert [row.result.value for row in ingest(line(uuid="other"))] == ["unmapped"]


def test_rows_of_files_are_refused_by_line_and_reason(customer: Account, tmp_path: Path) -> None:
    erase(customer)
    (tmp_path / "accounts.csv").write_text(
        f"external_id,name,customer_since\n{MARK}-1,{MARK} ltd,2025-01-01\nA-9,Other,2025-01-01\n"
    )
    (tmp_path / "instances.csv").write_text(f"external_id,hostname\n{UUID},{HOSTNAME}\n")
    outcomes = imports.import_directory(tmp_path, now=NOW).outcomes
    (account,) = outcomes["accounts.csv"].rejections
    (instance,) = outcomes["instances.csv"].rejections
    for row in (account, instance):
        assert (row.line, row.field) == (2, "external_id")
        assert row.reason == "was erased at the customer's wish and is not taken in again"
    assert Account.objects.get().external_id == "A-9"
    assert MARK not in "".join(texts())


def test_a_customer_comes_back_where_an_admin_lets_them(customer: Account, tmp_path: Path) -> None:
    erase(customer)
    ErasedKey.objects.all().delete()
    assert [row.result.value for row in ingest(line())] == ["unmapped"]


def test_what_was_erased_is_known_by_a_former_secret_key(customer: Account) -> None:
    erase(customer)
    with override_settings(SECRET_KEY="new", SECRET_KEY_FALLBACKS=["of-tests-only"]):
        assert [row.result.value for row in ingest(line())] == ["rejected"]


# --- contacts -------------------------------------------------------------------------------------
def test_a_contact_is_taken_out_of_records_and_texts(customer: Account, now: datetime) -> None:
    contact = customer.contacts.get()
    expected = erasure.mentions(contact)
    erased = erasure.erase_contact(contact_id=contact.pk, by=None, now=now)
    assert erased == expected
    assert (erased["contacts"], erased["events"], erased["tasks"]) == (1, 1, 1)
    assert not Contact.objects.exists()
    assert not Contact.history.exists()  # type: ignore[attr-defined]  # simple-history's
    assert CTAEvent.objects.get().text == "[erased] is on leave, [erased] bounces"
    assert Snapshot.objects.exists()


def test_a_first_name_alone_is_no_name_to_look_for(account: Account, now: datetime) -> None:
    contact = factories.make_contact(account=account, name="Will")
    event = factories.make_event(cta=factories.make_cta(account=account), text="Will call")
    erasure.erase_contact(contact_id=contact.pk, by=None, now=now)
    event.refresh_from_db()
    assert event.text == "Will call"


# --- commands -------------------------------------------------------------------------------------
def run(name: str, *arguments: str) -> str:
    output = io.StringIO()
    call_command(name, *arguments, stdout=output)
    return output.getvalue()


def test_the_command_shows_first_what_would_go(customer: Account) -> None:
    told = run("erase_account", customer.external_id)
    assert "payloads" in told
    assert "Nothing was erased." in told
    assert not Erasure.objects.exists()
    told = run("erase_account", customer.external_id, "--yes")
    assert "1 contracts are kept" in told
    assert not Account.objects.exists()


def test_a_contact_is_erased_by_command(customer: Account) -> None:
    email = f"ZOE@{MARK}.example"
    assert "Nothing was erased." in run("erase_contact", customer.external_id, email)
    assert "is not found: read it" in run("erase_contact", customer.external_id, email, "--yes")
    with pytest.raises(CommandError, match="has no contact with the e-mail"):
        run("erase_contact", customer.external_id, email)


def test_an_export_holds_every_table(customer: Account, tmp_path: Path) -> None:
    output = tmp_path / "customer.json"
    expected = erasure.contents(customer.pk)
    run("export_account", customer.external_id, "--output", str(output))
    told = json.loads(output.read_text())
    for name, count in expected.items():
        assert len(told["tables"][name]) == count == told["about"]["rows"][name], name
    assert told["tables"]["payloads"][0]["body"]["note"] == MARK
    assert len(told["tables"]["account_history"]) >= 2


def test_a_contact_is_exported_with_the_texts_that_name_them(
    customer: Account, tmp_path: Path
) -> None:
    output = tmp_path / "contact.json"
    run("export_contact", customer.external_id, f"zoe@{MARK}.example", "--output", str(output))
    tables = json.loads(output.read_text())["tables"]
    assert tables["contact"][0]["name"] == f"Zoe {MARK}"
    assert len(tables["events"]) == len(tables["tasks"]) == 1
    assert tables["calls_to_action"] == []


@pytest.mark.parametrize("output", ["customer.csv", "nowhere/customer.zip"])
def test_an_export_needs_a_place(customer: Account, output: str, tmp_path: Path) -> None:
    with pytest.raises(CommandError):
        run("export_account", customer.external_id, "--output", str(tmp_path / output))


def test_the_row_count_of_an_export_costs_no_query_each(
    customer: Account, django_assert_max_num_queries, tmp_path: Path
) -> None:
    cta = factories.make_cta(account=customer)
    for _ in range(30):
        factories.make_event(cta=cta)
    with django_assert_max_num_queries(82):
        run("export_account", customer.external_id, "--output", str(tmp_path / "all.zip"))
