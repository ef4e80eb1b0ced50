"""The audit log is only ever added to, and says who did what from where."""

from __future__ import annotations

import importlib
from datetime import datetime, timedelta
from io import StringIO
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client

from accounts.errors import AuditTooYoung
from accounts.models import Account, AuditEntry, Contact, User
from accounts.services import audit, jobs
from tests import factories
from tests.api import ROOT, token_client
from usage.services.imports import import_directory
from usage.services.mapping import map_instance

pytestmark = pytest.mark.django_db
GUARD = "accounts.migrations.0006_guard_the_audit_log"
LONG_AGO = timedelta(days=400)


@pytest.fixture
def guarded() -> None:
    """The triggers as the migration makes them: what tests that commit do without is put back."""
    guard = importlib.import_module(GUARD)
    with connection.cursor() as cursor:
        editor = SimpleNamespace(connection=connection, execute=cursor.execute)
        guard.remove(None, editor)
        guard.create(None, editor)


def test_an_entry_cannot_be_changed(now: datetime) -> None:
    audit.record("tried", now=now)
    with pytest.raises(IntegrityError, match="is kept as it is"), transaction.atomic():
        AuditEntry.objects.update(verb="never happened")
    assert AuditEntry.objects.get().verb == "tried"


@pytest.mark.usefixtures("guarded")
def test_an_entry_cannot_be_deleted(now: datetime) -> None:
    audit.record("tried", now=now - LONG_AGO)
    with pytest.raises(IntegrityError, match="is kept as it is"), transaction.atomic():
        AuditEntry.objects.all().delete()
    assert AuditEntry.objects.exists()


@pytest.mark.usefixtures("guarded")
def test_a_purge_deletes_what_is_old_and_stays_on_record(admin: User, now: datetime) -> None:
    audit.record("old", now=now - LONG_AGO)
    audit.record("young", now=now)
    deleted = audit.purge(before=now - timedelta(days=365), now=now, by=admin)
    kept = set(AuditEntry.objects.exclude(verb="password.set").values_list("verb", flat=True))
    assert (deleted, kept) == (1, {"young", "audit.purged"})
    purged = AuditEntry.objects.get(verb="audit.purged")
    assert (purged.actor, purged.detail["rows"]) == (admin, 1)


@pytest.mark.usefixtures("guarded")
def test_what_no_purge_covers_stays(now: datetime) -> None:
    audit.record("old", now=now - LONG_AGO)
    young = audit.record("young", now=now)
    audit.purge(before=now - timedelta(days=365), now=now)
    with pytest.raises(IntegrityError, match="is kept as it is"), transaction.atomic():
        young.delete()


def test_what_is_young_is_not_purged(now: datetime) -> None:
    with pytest.raises(AuditTooYoung):
        audit.purge(before=now - timedelta(days=89), now=now)


def test_the_command_purges_and_counts(now: datetime) -> None:
    audit.record("old", now=now - 2 * LONG_AGO)
    out = StringIO()
    call_command("purge_audit_log", keep_days=365, stdout=out)
    assert out.getvalue() == "1 entries deleted.\n"


def test_the_command_says_how_long_entries_are_kept() -> None:
    with pytest.raises(CommandError, match="90 days at least"):
        call_command("purge_audit_log", keep_days=1)


def test_an_entry_is_gone_with_the_work_that_was_rolled_back(now: datetime) -> None:
    with transaction.atomic():
        audit.record("half done", now=now)
        transaction.set_rollback(True)
    assert not AuditEntry.objects.exists()


def test_the_caller_is_told_with_address_and_request(manager: User) -> None:
    client = Client(REMOTE_ADDR="192.0.2.9")
    client.force_login(manager)
    client.get("/portfolio/", {"format": "csv"}, headers={"X-Request-ID": "r-1"})
    entry = AuditEntry.objects.get(verb="export.portfolio")
    told = (entry.actor, entry.actor_label, entry.address, entry.via, entry.request_id)
    assert told == (manager, manager.email, "192.0.2.9", "GET /portfolio/", "r-1")


def test_a_token_is_named_and_its_secret_is_not(admin: User, settings) -> None:
    client = token_client(admin, "read")
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.note_afterwards"]
    NOTED.clear()
    client.get(f"{ROOT}/accounts/")
    assert [(entry.actor, entry.token_label[:6]) for entry in NOTED] == [(admin, "test (")]


NOTED: list[AuditEntry] = []


def note_afterwards(get_response):
    """A middleware that records something at the end of each request, as a service would."""

    def middleware(request):
        response = get_response(request)
        NOTED.append(audit.record("asked", now=factories.NOW))
        return response

    return middleware


def test_secrets_are_not_told(csm: User) -> None:
    told = audit.changes(csm, {"api_key": ("a", "b"), "role": ("csm", "manager")})
    assert told == {"api_key": ["[secret]", "[secret]"], "role": ["csm", "manager"]}


def test_what_a_customers_record_said_is_left_to_its_history(account: Account) -> None:
    told = audit.changes(account, {"segment": ("SMB", "Enterprise")})
    assert told == {"segment": [audit.NOT_KEPT, audit.NOT_KEPT]}


def test_a_customers_record_is_named_by_its_number(account: Account, now: datetime) -> None:
    contact = Contact.objects.create(account=account, name="Jo Doe", email="jo@customer.example")
    for record in (account, contact):
        entry = audit.record("record.changed", record, now=now)
        assert (entry.object_id, entry.object_label) == (str(record.pk), "")


def test_an_export_that_is_left_half_way_is_noted_with_what_was_taken(now: datetime) -> None:
    rows = audit.noted_export("numbers", range(10), now=now, to="-")
    assert [next(rows), next(rows)] == [0, 1]
    rows.close()  # type: ignore[attr-defined]  # a generator
    assert AuditEntry.objects.get().detail == {"rows": 2, "to": "-"}


@pytest.mark.parametrize("command", ["export_ctas", "export_transitions"])
def test_exports_by_command_are_noted(command: str, tmp_path, account: Account) -> None:
    factories.make_cta(account=account)
    call_command(command, "--output", str(tmp_path / "rows.csv"), stderr=StringIO())
    entry = AuditEntry.objects.get(verb__startswith="export.")
    assert entry.detail["rows"] == (1 if command == "export_ctas" else 0)


def test_a_person_who_signs_in_is_noted(client: Client, csm: User) -> None:
    csm.set_password("stands-tall-4-tests")
    csm.save()
    client.post("/login/", {"username": csm.email, "password": "stands-tall-4-tests"})
    client.post("/logout/")
    verbs = AuditEntry.objects.filter(actor=csm).order_by("pk").values_list("verb", flat=True)
    assert list(verbs)[-2:] == ["sign_in", "sign_out"]


def test_a_person_who_does_not_get_in_is_noted_without_the_password(client: Client, csm) -> None:
    client.post("/login/", {"username": csm.email, "password": "guess-1"})
    entry = AuditEntry.objects.get(verb="sign_in_failed")
    assert (entry.detail, entry.address) == ({"name": csm.email}, "127.0.0.1")


def test_a_lock_out_is_noted(client: Client, csm: User, settings) -> None:
    settings.AXES_FAILURE_LIMIT = 2
    for _ in range(3):
        client.post("/login/", {"username": csm.email, "password": "guess-1"})
    assert AuditEntry.objects.filter(verb="sign_in_locked_out").exists()


def test_a_password_that_is_set_is_noted(csm: User) -> None:
    csm.set_password("stands-tall-4-tests")
    csm.save()
    entry = AuditEntry.objects.filter(verb="password.set").first()
    assert entry is not None
    assert (entry.object_id, entry.detail) == (str(csm.pk), {})


def test_the_log_is_for_admins(admin: User, manager: User, now: datetime) -> None:
    audit.record("done", now=now)
    assert AuditEntry.objects.visible_to(admin).filter(verb="done").exists()
    assert not AuditEntry.objects.visible_to(manager).exists()


def test_a_job_that_is_tried_again_is_noted(now: datetime) -> None:
    failed = factories.make_job(state="failed")
    jobs.retry(job_id=failed.pk, now=now)
    assert AuditEntry.objects.get(verb="job.retried").object_id == str(failed.pk)


def test_an_import_is_noted_with_its_counts(tmp_path, now: datetime) -> None:
    (tmp_path / "accounts.csv").write_text(
        "external_id,name,customer_since\nA-1,Larch,2024-01-31\n,Nameless,2024-01-31\n"
    )
    import_directory(tmp_path, now=now)
    entry = AuditEntry.objects.get(verb="import.accounts")
    assert entry.detail == {"created": 1, "updated": 0, "rejected": 1}


def test_an_instance_that_is_mapped_by_hand_is_noted_once(admin: User, now: datetime) -> None:
    instance = factories.make_unmapped_instance()
    subscription = factories.make_subscription()
    for _ in range(2):
        map_instance(instance_id=instance.pk, subscription_id=subscription.pk, by=admin, now=now)
    entry = AuditEntry.objects.get(verb="instance.mapped")
    assert entry.detail == {"changes": {"subscription": [None, subscription.pk]}}
