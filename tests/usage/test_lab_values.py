"""Today's values and who reports a metric, read from the database."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest
import zstandard

from tests.factories import (
    NOW,
    make_account,
    make_edition,
    make_instance,
    make_metric,
    make_raw_payload,
    make_score_card,
    make_snapshot,
    make_subscription,
)
from usage import scoring
from usage.lab.cautions import Seen
from usage.scoring import frames
from usage.services import editions, metric_use, readings
from usage.services.measured import measured, measured_one, newest_period

pytestmark = pytest.mark.django_db

OCTOBER = date(2026, 10, 1)
BILLABLE = "license_billable_users"


def reporting(period: date = OCTOBER, **metrics: float) -> None:
    """One account more that reports."""
    named = {key.replace("__", "."): value for key, value in metrics.items()}
    subscription = make_subscription(account=make_account())
    instance = make_instance(subscription=subscription)
    make_snapshot(instance=instance, period=period, metrics={BILLABLE: 80, **named})


def test_without_usage_there_are_no_values() -> None:
    assert measured(editions.frozen(make_edition()), now=NOW) is None


def test_what_is_not_complete_yet_has_no_values() -> None:
    reporting(counts__ci_builds=8)
    draft = make_edition("2026", published=False)
    draft.use_cases.get(code="security").measures.all().delete()
    measure = draft.use_cases.get(code="license_utilization").measures.get()
    measure.numerator = []
    measure.save()
    now = measured(editions.frozen(draft), now=NOW)
    assert now is not None
    assert now.frame.columns == ["account_id", "age", "ci.ci_per_user"]
    assert now.of("security", "security_per_user") is None


def test_an_edition_without_measures_has_no_values() -> None:
    reporting()
    empty = make_edition("empty", published=False)
    empty.use_cases.all().delete()
    assert measured(editions.frozen(empty), now=NOW) is None


def test_values_are_those_that_scoring_judges() -> None:
    for builds in (8, 40, -1):
        reporting(counts__ci_builds=builds)
    reporting()
    edition = editions.frozen(make_edition())
    now = measured(edition, now=NOW)
    assert now is not None
    data = readings.read(range(10**6), edition, [OCTOBER], now=NOW)
    scores = scoring.score(data, edition, [OCTOBER])
    for use_case, each in edition.measures():
        code = frames.full_code(use_case.code, each.code)
        assert now.frame.sort("account_id")[code].to_list() == (
            scores.accounts.sort("account_id")[frames.value(code)].to_list()
        )
    values = now.of("ci", "ci_per_user")
    assert values is not None
    assert values["value"].to_list() == [0.1, 0.5, None, None]


def test_one_measure_reads_its_own_metrics_alone() -> None:
    reporting(counts__ci_builds=8)
    edition = editions.frozen(make_edition())
    now = measured_one(edition, "ci", edition.use_case("ci").measures[0], now=NOW)
    assert now is not None
    assert now.frame.columns == ["account_id", "age", "ci.ci_per_user"]


def test_the_newest_scored_month_is_shown() -> None:
    reporting(date(2026, 11, 1))
    assert newest_period() == date(2026, 11, 1)
    make_score_card(period=OCTOBER)
    assert newest_period() == OCTOBER


# --- Who reports a metric ----------------------------------------------------------------------------


def payload(**counts: float) -> None:
    body = zstandard.compress(json.dumps({"uuid": "x", "counts": counts}).encode())
    make_raw_payload(body=body, recorded_at=datetime(2026, 10, 28, 3, len(counts), tzinfo=UTC))


def test_without_usage_nothing_is_known_of_metrics() -> None:
    use = metric_use.metric_use()
    assert (use.newest, use.seen) == (None, {})


def test_a_stored_metric_is_counted_in_the_newest_month() -> None:
    make_metric("counts.ci_builds")
    make_edition()
    reporting(counts__ci_builds=8)
    reporting(counts__ci_builds=-1)
    reporting()
    reporting(counts__ci_builds=0)
    assert metric_use.metric_use().seen["counts.ci_builds"] == Seen(0.5, OCTOBER)


def test_a_metric_that_stopped_says_when_it_was_last_seen() -> None:
    make_edition()
    reporting(date(2026, 8, 1), counts__ci_builds=8)
    reporting(OCTOBER)
    seen = metric_use.metric_use().seen
    assert seen["counts.ci_builds"] == Seen(0.0, date(2026, 8, 1))
    assert seen["counts.scans"] == Seen(0.0, None)


def test_of_a_metric_that_is_not_stored_payloads_are_a_sample() -> None:
    make_metric("counts.pods")
    make_metric("counts.cats")
    reporting()
    payload(pods=3)
    payload(pods=-1, other=1)
    use = metric_use.metric_use()
    assert use.seen["counts.pods"] == Seen(0.5, OCTOBER)
    assert "counts.cats" not in use.seen


def test_a_payload_beyond_reason_says_nothing() -> None:
    make_metric("counts.pods")
    reporting()
    payload(pods=1e300)
    assert "counts.pods" not in metric_use.metric_use().seen


def test_the_search_finds_all_words_wherever_they_stand() -> None:
    make_metric("counts.ci_builds", description="Pipelines  that\n ran")
    make_metric("counts.pods")
    (found,) = metric_use.search("BUILDS pipelines")
    assert (found.key_path, found.description, found.seen) == (
        "counts.ci_builds", "Pipelines that ran", None,
    )  # fmt: skip
    assert not found.is_stored
    assert [each.key_path for each in metric_use.search("")] == ["counts.ci_builds", "counts.pods"]
    assert metric_use.search("nothing such") == []


def test_what_is_not_stored_is_of_the_dictionary() -> None:
    make_edition()
    for key in ("counts.ci_builds", "counts.pods"):
        make_metric(key)
    asked = ["counts.ci_builds", "counts.pods", "counts.unknown"]
    assert metric_use.not_stored(asked) == ["counts.pods"]
    assert list(metric_use.suggested()) == ["counts.ci_builds", "counts.pods"]
