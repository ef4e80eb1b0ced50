"""What a draft edition would change: told by service, page, command and API; nothing of it is written."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date

import pytest
import time_machine
import yaml
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AuditEntry, Job, User
from accounts.services import jobs
from playbooks.models import CallToAction, CTAEvent
from playbooks.services import what_if as service
from playbooks.services.what_if import Question, what_if
from playbooks.what_if import WhatIf
from tests import book, factories
from tests.book import AUGUST, OCTOBER, SEPTEMBER, USERS, account_of, make_customer, report
from tests.factories import NOW
from tests.playbooks.drafts import make_falling, make_steady, make_stricter
from tests.scoring import BUILDS
from usage.errors import NoEditionInForce
from usage.lab.what_if import Shift
from usage.models import Edition, Instance, KeptFrame, ScoreCard, Transition
from usage.services import edition_files, editions, scoring, verdicts

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fixed_time() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def edition(db: None) -> Edition:
    return book.load_edition()


@pytest.fixture
def draft(edition: Edition) -> Edition:
    return make_stricter(edition)


@pytest.fixture
def customer(edition: Edition, csm: User) -> Instance:
    return make_falling(csm)


@pytest.fixture
def other(edition: Edition, csm: User) -> Instance:
    return make_steady(csm)


def asked(draft: Edition, first: date = OCTOBER, last: date = OCTOBER) -> Question:
    return Question(editions.frozen(draft), first, last)


def answered(draft: Edition, first: date = OCTOBER, last: date = OCTOBER) -> WhatIf:
    return what_if(draft=editions.frozen(draft), first=first, last=last, now=NOW)


def movements(answer: WhatIf, code: str = "ci") -> dict[tuple[str, str], int]:
    return next(dict(m.counts) for m in answer.matrices if m.part.code == code)


# --- The answer ------------------------------------------------------------------------------------


def test_colours_move_where_the_bar_is_higher(draft, customer, other) -> None:
    answer = answered(draft)
    assert movements(answer) == {("Green", "Yellow"): 1, ("Green", "Green"): 1}
    assert movements(answer, "scm") == {("NA", "NA"): 2}
    assert (answer.accounts, answer.account_months, answer.newest) == (2, 2, OCTOBER)
    assert answer.health[0] == Shift("Green", 2, 2)
    assert answer.adoption == (Shift("0", 0, 1), Shift("1", 2, 1), Shift("NA", 0, 0))
    assert [(each.segment, each.moved) for each in answer.segments] == [
        ("Enterprise", 1),
        ("Scale", 0),
    ]


def test_the_whole_history_is_compared_month_by_month(draft, customer, other) -> None:
    answer = answered(draft, first=AUGUST)
    assert movements(answer) == {("Green", "Yellow"): 1, ("Green", "Green"): 5}


def test_who_moves_is_told_with_arr_and_a_reason(draft, customer, other) -> None:
    answer = answered(draft)
    ((row, reason),) = service.explain(asked(draft), answer.moved, now=NOW)
    assert (row["name"], row["arr"], row["before"], row["after"]) == (
        "Acme", 50_000.0, "Green", "Yellow",
    )  # fmt: skip
    assert reason == (
        "Builds per billable user 50: Green (Green > 40 · Red ≤ 2) → Yellow (Green > 60 · Red ≤ 2)"
    )


def test_what_is_in_force_against_itself_moves_nobody(edition, customer, other) -> None:
    answer = answered(edition, first=AUGUST)
    assert answer.moved.is_empty()
    assert list(service.explain(asked(edition), answer.moved, now=NOW)) == []
    assert "Nobody moves: every colour stays." in answer.summary_lines()


def test_another_base_can_be_named(draft, edition, customer) -> None:
    frozen = editions.frozen(draft)
    answer = what_if(draft=frozen, base=frozen, first=OCTOBER, last=OCTOBER, now=NOW)
    assert answer.bases == ("stricter",)
    assert answer.moved.is_empty()


def test_each_month_is_compared_with_what_is_in_force_in_it(draft, edition, customer) -> None:
    later = editions.copy_as_draft(edition_id=edition.pk, name="later")
    Edition.objects.filter(pk=later.pk).update(in_force_from=SEPTEMBER)
    editions.publish(edition_id=later.pk, note="Later.", now=NOW)
    both = answered(draft, first=AUGUST)
    assert (both.bases, both.account_months) == (("2025", "later"), 3)
    editions.retire(edition_id=edition.pk, now=NOW)
    assert answered(draft, first=AUGUST).account_months == 2


def test_only_some_accounts_can_be_asked_about(draft, customer, other) -> None:
    ids = [account_of(other).pk]
    answer = what_if(
        draft=editions.frozen(draft), first=OCTOBER, last=OCTOBER, now=NOW, account_ids=ids
    )
    assert (answer.accounts, answer.accounts_moved, answer.ctas) == (1, 0, ())


def test_without_an_edition_in_force_there_is_nothing_to_compare_with(draft, edition) -> None:
    editions.retire(edition_id=edition.pk, now=NOW)
    with pytest.raises(NoEditionInForce):
        answered(draft)


def test_without_readings_nothing_is_compared(draft) -> None:
    answer = answered(draft)
    assert (answer.account_months, answer.newest, answer.ctas) == (0, None, ())


def test_a_metric_that_nothing_keeps_is_named(draft, customer) -> None:
    content = editions.frozen(draft)
    renamed = yaml.safe_load((editions.SHIPPED / "2025.yaml").read_text())
    renamed["use_cases"][2]["measures"][0]["numerator"] = {"sum": ["counts.nobody_keeps_this"]}
    other = edition_files.parse(renamed).edition
    answer = what_if(draft=other, base=content, first=OCTOBER, last=OCTOBER, now=NOW)
    assert answer.never_kept == ("counts.nobody_keeps_this",)


# --- Calls to action -------------------------------------------------------------------------------


def test_what_it_would_open_is_what_opens_once_it_is_in_force(draft, customer, other) -> None:
    book.make_triggers()
    book.score()
    (told,) = answered(draft).ctas
    editions.publish(edition_id=draft.pk, note="Stricter.", opens_ctas=True, now=NOW)
    book.score()
    (cta,) = book.live_ctas()
    assert (told.title, told.owner, told.due_on) == (cta.title, str(cta.owner), cta.due_on)
    assert (told.account_id, told.component, told.priority) == (
        cta.account_id, cta.component, cta.priority,
    )  # fmt: skip


@pytest.mark.parametrize("settling", [{"hold_months": 2}, {"exit_margin": 15}])
def test_what_does_not_settle_opens_nothing(draft, customer, settling: dict[str, float]) -> None:
    """The fall to 50 is one month old, and within 15 of the draft's 60."""
    book.make_triggers()
    book.score()
    draft.use_cases.filter(code="ci").update(**settling)
    answer = answered(draft)
    assert movements(answer) == {("Green", "Yellow"): 1}
    assert answer.ctas == ()


def test_a_use_case_that_begins_by_the_draft_is_told(draft, edition, customer) -> None:
    """CI is at minimum by what is in force until October; a lower bar sees the same."""
    _, begun = book.make_triggers()
    starting = make_customer(account_of(customer).csm, name="Crane")
    for month, rate in ((AUGUST, 1), (SEPTEMBER, 1), (OCTOBER, 70)):
        report(starting, month, {BUILDS: rate * USERS})
    told = [each.title for each in answered(draft).ctas if each.trigger == begun.name]
    assert told == ["CI has begun to be used"]


def test_a_use_case_that_was_used_long_ago_does_not_begin(draft, edition, customer) -> None:
    book.make_triggers()
    back = make_customer(account_of(customer).csm, name="Crane")
    report(back, date(2026, 5, 1), {BUILDS: 70 * USERS})
    report(back, OCTOBER, {BUILDS: 70 * USERS})
    book.score(first=date(2026, 5, 1))
    assert not [each for each in answered(draft).ctas if each.account == "Crane"]


def test_what_was_opened_before_is_not_opened_again(draft, customer, csm) -> None:
    drop, _ = book.make_triggers()
    account = account_of(customer)
    key = f"{drop.kind}:{account.external_id}:ci"
    factories.make_event(
        cta=factories.make_cta(account=account), signal_key=f"{key}:2026-10:Yellow"
    )
    assert answered(draft).ctas == ()


def test_accounts_without_a_csm_get_none(draft, customer) -> None:
    book.make_triggers()
    account = account_of(customer)
    account.csm = None
    account.save()
    assert answered(draft).ctas == ()


def test_nothing_is_written(draft, customer, other) -> None:
    book.make_triggers()
    book.score()
    written = (ScoreCard, Transition, CallToAction, CTAEvent, Job)
    before = [list(model.objects.order_by("pk").values()) for model in written]
    answer = answered(draft, first=AUGUST)
    list(service.explain(asked(draft), answer.moved, now=NOW))
    assert [list(model.objects.order_by("pk").values()) for model in written] == before


# --- Kept frames -----------------------------------------------------------------------------------


def settle() -> None:
    """Nothing waits to be scored."""
    Job.objects.filter(state=Job.State.QUEUED).delete()


def test_another_draft_reads_no_readings_again(draft, edition, customer, other) -> None:
    settle()
    answered(edition, first=AUGUST)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        answer = answered(draft, first=AUGUST)
    assert not [each for each in queries if '"usage_snapshot"."metrics"' in each["sql"]]
    assert movements(answer) == {("Green", "Yellow"): 1, ("Green", "Green"): 5}
    KeptFrame.objects.all().delete()
    assert answered(draft, first=AUGUST).matrices == answer.matrices
    assert answered(draft, first=AUGUST).moved.equals(answer.moved)


def test_a_draft_that_names_more_metrics_reads_them(draft, edition, customer, other) -> None:
    settle()
    answered(edition)
    content = yaml.safe_load((editions.SHIPPED / "2025.yaml").read_text())
    content["use_cases"][2]["measures"][0]["numerator"] = {"sum": ["counts.more"]}
    report(other, OCTOBER, {BUILDS: 90 * USERS, "counts.more": 90})
    wider = edition_files.parse(content).edition
    answer = what_if(draft=wider, first=OCTOBER, last=OCTOBER, now=NOW)
    assert movements(answer, "scm") == {("NA", "NA"): 1, ("NA", "Green"): 1}


def test_it_says_when_its_readings_were_read(draft, customer) -> None:
    settle()
    answered(draft)
    later = NOW.replace(hour=12)
    again = what_if(draft=editions.frozen(draft), first=OCTOBER, last=OCTOBER, now=later)
    assert again.made_at == NOW


def test_a_large_question_is_ready_once_its_job_is_done(draft, customer, monkeypatch) -> None:
    settle()
    monkeypatch.setattr(service, "MOST_AT_ONCE", 0)
    assert not service.is_at_once(asked(draft), now=NOW)
    job = service.request(
        edition_id=draft.pk, base_id=None, first=OCTOBER, last=OCTOBER, by=None, now=NOW
    )
    jobs.run(job.pk, clock=lambda: NOW)
    job.refresh_from_db()
    assert (job.state, job.summary, job.done_count) == ("done", {"account months": 1}, 1)
    assert service.is_at_once(asked(draft), now=NOW)


@pytest.mark.parametrize(("at_once", "shards_kept"), [(1, 1), (10, 0)])
def test_what_was_worked_out_before_a_stop_is_kept_some_shards_at_a_time(
    draft, customer, other, monkeypatch, at_once: int, shards_kept: int
) -> None:
    settle()
    monkeypatch.setattr(scoring, "SHARD_SIZE", 1)
    monkeypatch.setattr(verdicts, "SHARDS_KEPT_AT_ONCE", at_once)

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        service.answer(asked(draft), now=NOW, progress=stop)
    digest = editions.frozen(draft).digest
    kept = KeptFrame.objects.filter(name__startswith=f"verdicts/{digest}/")
    assert kept.count() == shards_kept
    assert answered(draft).accounts == 2
    assert kept.count() == 2


# --- The page --------------------------------------------------------------------------------------


def page(client: Client, edition: Edition, **given: str) -> str:
    response = client.get(reverse("playbooks:what_if", args=[edition.pk]), given)
    assert response.status_code == 200
    return response.content.decode()


def test_the_page_tells_it_all(admin_client, draft, customer, other) -> None:
    book.make_triggers()
    text = page(admin_client, draft, range="all")
    for words in (
        "CI: 1 worse of 6.",
        "Acme",
        "Builds per billable user 50: Green",
        "CI fell from Green to Yellow",
        "by readings of this minute",
    ):
        assert words in text


def test_the_page_takes_a_base_a_segment_a_part_and_an_order(
    admin_client, draft, edition, customer, other
) -> None:
    given = {"base": str(edition.pk), "part": "ci", "sort": "name"}
    assert "Acme" in page(admin_client, draft, **given)
    assert "Nobody moves" in page(admin_client, draft, segment="Scale", **given)
    assert "Acme" in page(admin_client, draft, base="x", sort="x", range="x", page="9")


def test_the_page_says_how_old_its_readings_are(admin_client, draft, customer) -> None:
    settle()
    page(admin_client, draft)
    with time_machine.travel(NOW.replace(minute=5), tick=False):
        assert "by readings of 5 minutes ago" in page(admin_client, draft)


def test_the_page_says_why_it_is_empty(admin_client, draft, edition) -> None:
    assert "Nobody has reported anything yet." in page(admin_client, draft)
    report(make_customer(None), OCTOBER, {})
    editions.retire(edition_id=edition.pk, now=NOW)
    assert str(NoEditionInForce("2026-10")) in page(admin_client, draft)


def test_a_month_to_come_is_not_compared(admin_client, draft) -> None:
    report(make_customer(None), date(2026, 12, 1), {})
    assert "Nobody has reported anything yet." in page(admin_client, draft)


def test_the_moves_are_exported_with_their_reasons(admin_client, draft, customer, other) -> None:
    response = admin_client.get(
        reverse("playbooks:what_if", args=[draft.pk]), {"format": "csv", "range": "all"}
    )
    rows = list(csv.DictReader(io.StringIO(b"".join(response).decode())))
    assert {(row["part"], row["before"], row["after"]) for row in rows} >= {
        ("ci", "Green", "Yellow")
    }
    assert all(row["reason"] for row in rows)
    assert AuditEntry.objects.filter(verb="export.what_if").exists()


def test_much_is_worked_out_in_the_background(
    admin_client, draft, customer, monkeypatch, django_capture_on_commit_callbacks
) -> None:
    settle()
    monkeypatch.setattr(service, "MOST_AT_ONCE", 0)
    assert "Work it out" in page(admin_client, draft)
    address = reverse("playbooks:what_if", args=[draft.pk])
    response = admin_client.post(f"{address}?range=newest")
    job = Job.objects.get(kind=service.KIND)
    assert response.headers["Location"] == f"{address}?range=newest&job={job.pk}"
    assert "It is being worked out." in page(admin_client, draft, job=str(job.pk))
    polled = admin_client.get(address, {"job": job.pk}, headers={"HX-Request": "true"})
    assert "HX-Refresh" not in polled.headers
    jobs.run(job.pk, clock=lambda: NOW)
    assert "In short" in page(admin_client, draft, job=str(job.pk))
    KeptFrame.objects.all().delete()
    polled = admin_client.get(address, {"job": job.pk}, headers={"HX-Request": "true"})
    assert polled.headers["HX-Refresh"] == "true"
    assert "The data changed meanwhile" in page(admin_client, draft, job=str(job.pk))


def test_who_does_not_configure_is_refused(csm_client, manager_client, draft) -> None:
    for client in (csm_client, manager_client):
        assert client.get(reverse("playbooks:what_if", args=[draft.pk])).status_code == 403


def test_the_edition_leads_to_it_for_admins(admin_client, csm_client, draft) -> None:
    link = reverse("playbooks:what_if", args=[draft.pk])
    shown = reverse("usage:edition", args=[draft.pk])
    assert link in admin_client.get(shown).content.decode()
    assert link not in csm_client.get(shown).content.decode()
