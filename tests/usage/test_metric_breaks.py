"""Versions of metrics' definitions and breaks in their series: noted, shown, taken back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEntry, User
from tests.api import ROOT, fault, post, results, token_client
from tests.factories import (
    NOW,
    PERIOD,
    make_account,
    make_edition,
    make_instance,
    make_metric,
    make_metric_break,
    make_snapshot,
    make_subscription,
    make_transition,
)
from usage.definitions import parse_document
from usage.errors import MetricBreakKnown
from usage.lab.breaks import Break
from usage.models import MetricBreak, MetricDefinition, MetricVersion
from usage.queries import metric_breaks as queries
from usage.services import dictionary, metric_breaks
from usage.services.metric_breaks import Said

pytestmark = pytest.mark.django_db

BUILDS = "counts.ci_builds"


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    """The month that coverage is told of is the last complete one."""
    with time_machine.travel(NOW, tick=False):
        yield


SAID = Said(period=PERIOD, reason="release", product_from="18.4", product_to="18.5", note="no bots")


def load(tmp_path: Path, **lines: str) -> dictionary.Loaded:
    told = {"key_path": BUILDS, "value_type": "number", "data_source": "database"} | lines
    path = tmp_path / "metric.yml"
    path.write_text("".join(f"{name}: {value}\n" for name, value in told.items()))
    return dictionary.load([path], now=NOW)


# --- versions ---------------------------------------------------------------------------------------
def test_a_definition_that_never_changed_has_no_version(tmp_path: Path) -> None:
    load(tmp_path)
    assert load(tmp_path).versions == 0
    assert not MetricVersion.objects.exists()


def test_a_definition_that_is_measured_otherwise_is_a_new_version(tmp_path: Path) -> None:
    load(tmp_path)
    assert load(tmp_path, data_source="redis_hll").versions == 1
    assert load(tmp_path, data_source="redis_hll", time_frame="28d").versions == 1
    found = MetricVersion.objects.order_by("number")
    assert [(row.number, row.since, row.content["data_source"]) for row in found] == [
        (1, None, "database"),
        (2, NOW, "redis_hll"),
        (3, NOW, "redis_hll"),
    ]
    assert len({row.digest for row in found}) == 3


def test_other_words_are_no_new_version(tmp_path: Path) -> None:
    load(tmp_path)
    loaded = load(tmp_path, description="Builds of pipelines")
    assert (loaded.updated, loaded.versions) == (1, 0)


def test_an_edit_in_the_admin_is_a_new_version(admin_client: Client) -> None:
    metric = make_metric(BUILDS)
    page = admin_client.get(f"/admin/usage/metricdefinition/{metric.pk}/change/")
    form = page.context["adminform"].form
    sent = {name: form[name].value() for name in form.fields}
    sent = {name: value for name, value in sent.items() if value not in (None, False)}
    for name in ("options", "extra", "time_frames", "tiers", "distribution"):
        sent[name] = form[name].value() or ("{}" if name in {"options", "extra"} else "[]")
    response = admin_client.post(
        f"/admin/usage/metricdefinition/{metric.pk}/change/", sent | {"value_type": "string"}
    )
    assert response.status_code == 302, response.context["adminform"].form.errors
    newest = MetricVersion.objects.first()
    assert newest is not None
    assert (newest.number, newest.content["value_type"]) == (2, "string")


# --- breaks -----------------------------------------------------------------------------------------
def test_a_break_is_recorded_and_audited(admin: User) -> None:
    metric = make_metric(BUILDS)
    metric_breaks.record_break(metric_id=metric.pk, said=SAID, by=admin, now=NOW)
    noted = MetricBreak.objects.get()
    assert (noted.metric, noted.created_by, noted.created_at) == (metric, admin, NOW)
    entry = AuditEntry.objects.get(verb="metric.break_recorded")
    assert entry.detail == {"from": "2026-10", "reason": "release"}


def test_a_month_has_one_break_of_a_metric(admin: User) -> None:
    metric = make_metric(BUILDS)
    metric_breaks.record_break(metric_id=metric.pk, said=SAID, by=admin, now=NOW)
    with pytest.raises(MetricBreakKnown, match=r"counts\.ci_builds in 2026-10"):
        metric_breaks.record_break(metric_id=metric.pk, said=SAID, by=admin, now=NOW)


def test_a_break_is_taken_back_and_that_is_audited(admin: User) -> None:
    noted = make_metric_break()
    metric_breaks.withdraw_break(break_id=noted.pk, by=admin, now=NOW)
    assert not MetricBreak.objects.exists()
    assert AuditEntry.objects.filter(verb="metric.break_withdrawn").exists()


def test_a_break_is_one_of_each_place_that_reports_the_metric() -> None:
    metric = make_metric("redis.editors", time_frames=["7d", "28d"])
    make_metric_break(
        metric=metric, product_from="18.4", product_to="18.5", note="no bots", period=PERIOD
    )
    words = "a release of the product counts otherwise (18.4 to 18.5): no bots"
    assert queries.breaks(PERIOD, PERIOD) == (
        Break("redis.editors", PERIOD, words),
        Break("redis.editors_weekly", PERIOD, words),
        Break("redis.editors_monthly", PERIOD, words),
    )
    assert queries.breaks(date(2026, 11, 1), date(2026, 12, 1)) == ()


def test_a_dictionary_brings_breaks_once(tmp_path: Path) -> None:
    told = "\n  - {period: 2026-10, reason: query, note: no bots}"
    assert load(tmp_path, breaks=told).breaks == 1
    assert load(tmp_path, breaks=told).breaks == 0
    noted = MetricBreak.objects.get()
    assert (noted.period, noted.reason, noted.note) == (PERIOD, "query", "no bots")


@pytest.mark.parametrize(
    ("breaks", "fault"),
    [
        ("soon", "breaks is no list"),
        ("[soon]", "breaks holds something that is no mapping"),
        ("[{period: soon}]", "breaks 'soon' is not a month; write it like 2026-05."),
        ("[{period: 2026-10, reason: mood}]", "breaks reason is none of definition, release"),
        ("[{period: 2026-10, why: mood}]", "breaks knows no why"),
        (f"[{{period: 2026-10, note: {'x' * 501}}}]", "breaks note is longer than 500 characters"),
    ],
)
def test_a_break_that_cannot_be_read_is_told(breaks: str, fault: str) -> None:
    parsed = parse_document(f"key_path: a.b\nbreaks: {breaks}\n".encode())
    assert parsed.definitions == []
    assert fault in parsed.faults[0]


# --- pages ------------------------------------------------------------------------------------------
@pytest.fixture
def read() -> MetricDefinition:
    """A metric that the edition in force reads, and that one of two accounts reported last month."""
    make_edition()
    metric = make_metric(BUILDS, name="Builds", description="All builds", status="active")
    for metrics in ({BUILDS: 7, "license_billable_users": 1}, {"license_billable_users": 1}):
        subscription = make_subscription(account=make_account())
        make_snapshot(instance=make_instance(subscription=subscription), metrics=metrics)
    return metric


@pytest.fixture
def page(admin_client: Client, read: MetricDefinition) -> str:
    return f"/metrics/{read.pk}/"


def text_of(client: Client, path: str, **sent: str) -> str:
    response = client.get(path, sent)
    assert response.status_code == 200
    return response.text


def test_the_list_shows_who_reads_a_metric_and_its_coverage(
    admin_client: Client, read: MetricDefinition
) -> None:
    make_metric("counts.other", status="removed")
    body = text_of(admin_client, "/metrics/", q="ci_builds")
    assert "by an edition" in body
    assert re.search(r"50.?%", body)
    assert "counts.other" not in body
    assert "counts.other" in text_of(admin_client, "/metrics/", status="removed")
    assert "counts.other" not in text_of(admin_client, "/metrics/", read="1")
    assert "No metric is like that" in text_of(admin_client, "/metrics/", q="nonsense")


def test_the_page_shows_the_blast_radius(admin_client: Client, page: str) -> None:
    body = text_of(admin_client, page)
    assert "1 of 2 accounts that reported in October 2026 reported it" in body
    assert "<b>CI</b>: CI per user" in body
    assert "No break is recorded" in body
    assert "It has always been measured as it is now" in body


def test_a_break_is_shown_with_what_it_touches_before_it_is_recorded(
    admin_client: Client, page: str
) -> None:
    make_transition(component="ci", period=PERIOD, from_period=date(2026, 9, 1))
    body = text_of(admin_client, page, period="2026-10", reason="query", note="no bots")
    assert "From October 2026 on the months would not compare" in body
    assert "1 recorded drop lies across it" in body
    assert "in the edition in force: CI" in body
    assert not MetricBreak.objects.exists()
    sent = {"period": "2026-10", "reason": "query", "note": "no bots"}
    response = admin_client.post(f"{page}breaks/", sent, follow=True)
    assert "The break from October 2026 on is recorded." in response.text
    assert MetricBreak.objects.get().note == "no bots"


def test_a_month_that_is_none_is_told(admin_client: Client, page: str) -> None:
    assert "is not a month" in text_of(admin_client, page, period="soon", reason="query")
    response = admin_client.post(f"{page}breaks/", {"period": "", "reason": "query"})
    assert response.status_code == 422
    assert not MetricBreak.objects.exists()


def test_a_break_that_is_known_is_told(admin_client: Client, page: str) -> None:
    sent = {"period": "2026-10", "reason": "query"}
    for _ in range(2):
        response = admin_client.post(f"{page}breaks/", sent, follow=True)
    assert "is recorded already" in response.text


def test_a_break_is_withdrawn_on_the_page(admin_client: Client, page: str) -> None:
    noted = make_metric_break(metric=MetricDefinition.objects.get(key_path=BUILDS))
    response = admin_client.post(f"/metric-breaks/{noted.pk}/withdraw/", follow=True)
    assert "The break from October 2026 on is withdrawn." in response.text
    assert admin_client.post(f"/metric-breaks/{noted.pk}/withdraw/").status_code == 404


def test_a_changed_definition_without_a_break_is_pointed_out(
    admin_client: Client, page: str, tmp_path: Path
) -> None:
    load(tmp_path, data_source="redis_hll")
    warning = "nobody has recorded since when its numbers differ"
    assert warning in text_of(admin_client, page)
    make_metric_break(metric=MetricDefinition.objects.get(key_path=BUILDS), created_at=NOW)
    assert warning not in text_of(admin_client, page)


def test_who_does_not_configure_sees_no_form(client: Client, csm: User, page: str) -> None:
    client.force_login(csm)
    body = text_of(client, page, period="2026-10", reason="query")
    assert "Record a break" not in body
    assert "would not compare" not in body


@pytest.mark.parametrize("count", [3, 30])
def test_the_queries_of_the_list_do_not_grow(
    admin_client: Client, read: MetricDefinition, count: int
) -> None:
    for _ in range(count):
        make_metric_break()
    admin_client.get("/metrics/")
    with CaptureQueriesContext(
        connection,
    ) as captured:
        text_of(admin_client, "/metrics/")
    assert len(captured) <= 14


@pytest.mark.parametrize("count", [3, 30])
def test_the_queries_of_the_page_do_not_grow(admin_client: Client, page: str, count: int) -> None:
    metric = MetricDefinition.objects.get(key_path=BUILDS)
    for n in range(count):
        make_metric_break(metric=metric, period=date(2020 + n // 12, n % 12 + 1, 1))
    admin_client.get(page)
    with CaptureQueriesContext(connection) as captured:
        text_of(admin_client, page)
    assert len(captured) <= 16


# --- API --------------------------------------------------------------------------------------------
def test_the_api_tells_breaks_and_what_they_touch(csm: User, read: MetricDefinition) -> None:
    noted = make_metric_break(metric=read)
    api = token_client(csm)
    assert [row["metric"] for row in results(api, "/metric-breaks/", period="2026-10")] == [BUILDS]
    told = api.get(f"{ROOT}/metric-breaks/{noted.pk}/").json()["touches"]
    assert told["components"] == ["ci"]
    assert told["editions"][0]["uses"][0] == {
        "use_case": "ci",
        "measure": "ci_per_user",
        "role": "numerator",
    }


def test_the_api_records_and_withdraws(admin: User, read: MetricDefinition) -> None:
    api = token_client(admin, "read", "configure")
    body = {"metric": BUILDS, "period": "2026-10", "reason": "release", "product_to": "18.5"}
    made = post(api, "/metric-breaks/", body)
    assert made.status_code == 200, made.content
    assert (made.json()["period"], made.json()["touches"]["accounts"]) == ("2026-10", 0 + 1)
    assert fault(post(api, "/metric-breaks/", body))[:2] == (409, "metric_break_known")
    gone = post(api, f"/metric-breaks/{made.json()['id']}/withdraw/")
    assert gone.status_code == 200
    assert not MetricBreak.objects.exists()


def test_the_api_refuses_a_month_that_is_none(admin: User, read: MetricDefinition) -> None:
    api = token_client(admin, "read", "configure")
    sent = {"metric": BUILDS, "period": "2026-13", "reason": "release"}
    assert fault(post(api, "/metric-breaks/", sent)) == (400, "invalid", "period")


def test_the_api_tells_versions_of_a_metric(csm: User, tmp_path: Path) -> None:
    load(tmp_path)
    load(tmp_path, data_source="redis_hll")
    pk = MetricDefinition.objects.get().pk
    told = token_client(csm).get(f"{ROOT}/metric-definitions/{pk}/").json()
    assert [row["number"] for row in told["versions"]] == [2, 1]
