"""What is older than its rule says is erased, a batch at a time; a dry run only counts."""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.errors import RetentionKindUnknown
from accounts.models import Account, Job, RetentionRule
from accounts.services import jobs, retention
from accounts.tasks import apply_retention_nightly
from tests import factories
from usage.models import RawPayload, ScoreCard, Snapshot, Transition

pytestmark = pytest.mark.django_db


def enable(kind: str, days: int = 30) -> RetentionRule:
    """Enable one rule, and no other."""
    retention.rules()
    RetentionRule.objects.update(enabled=False)
    RetentionRule.objects.filter(kind=kind).update(enabled=True, days=days)
    return RetentionRule.objects.get(kind=kind)


def test_only_alerts_jobs_and_what_tells_of_signing_in_are_erased_as_shipped() -> None:
    enabled = {rule.kind for rule in retention.rules() if rule.enabled}
    assert enabled == {"alerts", "jobs", "sessions", "sign_ins"}


def test_a_rule_that_was_changed_stays_so() -> None:
    retention.rules()
    RetentionRule.objects.filter(kind="payloads").update(days=7, enabled=True)
    (rule,) = [rule for rule in retention.rules() if rule.kind == "payloads"]
    assert (rule.days, rule.enabled) == (7, True)


def test_what_is_older_goes_and_the_rest_stays(now: datetime) -> None:
    factories.make_raw_payload(recorded_at=now - timedelta(days=31))
    kept = factories.make_raw_payload(recorded_at=now - timedelta(days=29))
    rule = enable("payloads")
    due = retention.due(rule, now=now)
    assert (due.row_count, due.oldest) == (1, now - timedelta(days=31))
    assert retention.apply(now=now) == {"payloads": 1}
    assert RawPayload.objects.get() == kept


def test_a_rule_that_is_not_enabled_erases_nothing(now: datetime) -> None:
    factories.make_raw_payload(recorded_at=now - timedelta(days=4_000))
    retention.rules()
    assert "payloads" not in retention.apply(now=now)
    assert RawPayload.objects.exists()


def test_many_rows_go_in_batches(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "ROWS_PER_BATCH", 2)
    for days in range(40, 45):
        factories.make_raw_payload(recorded_at=now - timedelta(days=days))
    enable("payloads")
    assert retention.apply(now=now, only="payloads") == {"payloads": 5}


def test_months_go_by_their_first_day(now: datetime) -> None:
    old, kept = date(2026, 8, 1), date(2026, 10, 1)
    for period in (old, kept):
        factories.make_score_card(period=period)
        factories.make_transition(period=period, from_period=date(2026, 7, 1))
        factories.make_snapshot(period=period)
    enable("score_cards", 60)
    assert retention.apply(now=now) == {"score_cards": 2}
    enable("snapshots", 60)
    assert retention.apply(now=now) == {"snapshots": 1}
    for model in (ScoreCard, Transition, Snapshot):
        assert model._default_manager.get().period == kept


def test_closed_calls_to_action_lose_their_evidence_and_stay(now: datetime) -> None:
    entry = [{"component": "ci"}]
    closed = factories.make_cta(
        status="success", closed_at=now - timedelta(days=31), evidence=entry
    )
    live = factories.make_cta(evidence=entry)
    enable("cta_evidence")
    assert retention.apply(now=now) == {"cta_evidence": 1}
    closed.refresh_from_db()
    live.refresh_from_db()
    assert (closed.evidence, closed.summary, live.evidence) == ([], "", entry)
    assert retention.apply(now=now) == {"cta_evidence": 0}


def test_jobs_that_are_not_finished_stay(now: datetime) -> None:
    long_ago = now - timedelta(days=400)
    factories.make_job(created_at=long_ago)
    factories.make_job(created_at=long_ago, state=Job.State.DONE, finished_at=long_ago)
    enable("jobs")
    assert retention.apply(now=now) == {"jobs": 1}
    assert Job.objects.get().state == Job.State.QUEUED


def test_sessions_that_have_ended_go(now: datetime) -> None:
    Session.objects.create(session_key="old", expire_date=now - timedelta(days=2))
    Session.objects.create(session_key="live", expire_date=now + timedelta(days=2))
    enable("sessions", 1)
    assert retention.apply(now=now) == {"sessions": 1}
    assert Session.objects.get().session_key == "live"


def test_former_states_go_and_the_record_stays(account: Account, now: datetime) -> None:
    account.history.update(history_date=now - timedelta(days=31))  # type: ignore[attr-defined]  # simple-history's
    enable("history")
    assert retention.apply(now=now)["history"] == 1
    assert Account.objects.get() == account


@pytest.mark.parametrize("kind", sorted(settings.RETENTION_KINDS))
def test_every_kind_can_be_counted_and_applied_where_nothing_is_stored(
    kind: str, now: datetime
) -> None:
    assert retention.due(enable(kind), now=now).row_count == 0
    assert retention.apply(now=now) == {kind: 0}
    assert retention.kinds()[kind].cost


def test_every_former_state_has_a_rule() -> None:
    histories = {model for model in apps.get_models() if hasattr(model, "history_date")}
    assert {store.rows().model for store in retention.kinds()["history"].stores()} == histories


def test_an_unknown_kind_is_named(now: datetime) -> None:
    with pytest.raises(
        RetentionKindUnknown, match=r"no kind of data 'nothing'\. Kinds are admin_log"
    ):
        retention.apply(now=now, only="nothing")


# --- the night, and the command -------------------------------------------------------------------
def test_the_nightly_task_queues_a_job_that_erases() -> None:
    factories.make_raw_payload(recorded_at=timezone.now() - timedelta(days=31))
    enable("payloads")
    apply_retention_nightly()
    job = Job.objects.get(kind="apply_retention")
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.summary == {"payloads": 1}
    assert not RawPayload.objects.exists()


def test_without_an_enabled_rule_nothing_is_queued() -> None:
    retention.rules()
    RetentionRule.objects.update(enabled=False)
    apply_retention_nightly()
    assert not Job.objects.exists()


def run(*arguments: str) -> str:
    output = io.StringIO()
    call_command("apply_retention", *arguments, stdout=output)
    return output.getvalue()


def test_a_dry_run_counts_and_erases_nothing() -> None:
    factories.make_raw_payload(recorded_at=timezone.now() - timedelta(days=2_000))
    lines = run("--dry-run").splitlines()
    assert lines[0].split() == ["kind", "rule", "oldest", "rows", "to", "erase"]
    (payloads,) = [line for line in lines if line.startswith("payloads")]
    assert "off (1,095)" in payloads
    assert payloads.endswith(" 1")
    assert len(lines) == 1 + len(settings.RETENTION_KINDS)
    assert RawPayload.objects.exists()


def test_the_command_erases_one_kind() -> None:
    factories.make_raw_payload(recorded_at=timezone.now() - timedelta(days=31))
    enable("payloads")
    assert run("--kind", "payloads").split() == ["payloads", "1", "erased"]
    assert "No rule is enabled" in run("--kind", "jobs")


def test_the_command_names_an_unknown_kind() -> None:
    with pytest.raises(CommandError, match="no kind of data"):
        run("--kind", "nothing", "--dry-run")
