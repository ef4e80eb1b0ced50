"""The metric dictionary: read as it is published, kept as people decided."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from accounts.errors import FileUnusable
from accounts.models import Job
from tests import factories
from tests.history import history_of
from tests.usage.payloads import BUILDS, HOSTNAME, UUID, ingest, line
from usage.definitions import parse_document, reported_paths
from usage.models import MetricDefinition, Snapshot
from usage.services import dictionary
from usage.services.dictionary import load, load_shipped

pytestmark = pytest.mark.django_db

PUBLISHED = """\
---
key_path: counts.ci_builds
name: ci_builds
description: Jobs that were ever created
product_section: ci
product_stage: verify
product_group: pipeline_execution
product_category: continuous_integration
value_type: number
status: active
milestone: 15.10
introduced_by_url:
time_frame: all
data_source: database
data_category: Operational
instrumentation_class: CountCiBuildsMetric
options:
  events: [build]
distribution: [ce, ee]
tier:
- free
- premium
- free
performance_indicator_type: [smau, paid_gmau]
removed_by_url: https://example.com/1
milestone_removed: 16.0
weights: {a: 1.5, b: [2024-05-01]}
"""


def one(text: str) -> dict[str, Any]:
    parsed = parse_document(text.encode())
    assert parsed.faults == []
    [definition] = parsed.definitions
    return definition


# --- reading --------------------------------------------------------------------------------------
def test_a_published_definition_is_read() -> None:
    definition = one(PUBLISHED)
    assert definition["key_path"] == "counts.ci_builds"
    assert definition["milestone"] == "15.10"
    assert definition["introduced_by_url"] == ""
    assert definition["time_frames"] == ["all"]
    assert definition["data_category"] == "operational"
    assert definition["product_categories"] == ["continuous_integration"]
    assert definition["tiers"] == ["free", "premium"]
    assert definition["performance_indicator_types"] == ["smau", "paid_gmau"]
    assert definition["options"] == {"events": ["build"]}


def test_keys_that_are_not_known_are_kept() -> None:
    assert one(PUBLISHED)["extra"] == {
        "removed_by_url": "https://example.com/1",
        "milestone_removed": "16.0",
        "weights": {"a": "1.5", "b": ["2024-05-01"]},
    }


@pytest.mark.parametrize(
    ("line", "name", "words"),
    [
        pytest.param("time_frame: 28d", "time_frames", ["28d"], id="a word"),
        pytest.param("time_frame: [7d, 28d]", "time_frames", ["7d", "28d"], id="a list"),
        pytest.param("tiers: [ultimate]", "tiers", ["ultimate"], id="tiers, as it is called now"),
        pytest.param("tier: ultimate", "tiers", ["ultimate"], id="tier, as it was called"),
        pytest.param("tier:", "tiers", [], id="nothing"),
    ],
)
def test_a_word_or_a_list(line: str, name: str, words: list[str]) -> None:
    assert one(f"key_path: a\n{line}\n")[name] == words


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        pytest.param("key_path: [", "is not YAML", id="no YAML"),
        pytest.param("a: !!python/object/apply:os.system [x]", "is not YAML", id="code"),
        pytest.param("\x00", "is not YAML", id="NUL"),
        pytest.param("7", "holds neither", id="a number"),
        pytest.param("", "holds neither", id="nothing"),
        pytest.param("name: a", "key_path is missing", id="no key path"),
        pytest.param("- key_path: a\n- 7", "entry 2 is no definition", id="no definition"),
        pytest.param("key_path: {a: 1}", "key_path is no text", id="a mapping for a text"),
        pytest.param(f"key_path: {'x' * 256}", "key_path is longer than", id="too long"),
        pytest.param("key_path: a\ntiers: {a: 1}", "tiers is neither", id="a mapping for a list"),
        pytest.param("key_path: a\ntiers: [[a]]", "tiers is neither", id="a list in a list"),
        pytest.param("key_path: a\noptions: x", "options is no mapping", id="options"),
    ],
)
def test_a_bad_definition_is_told(text: str, fault: str) -> None:
    assert parse_document(text.encode()).faults[0].startswith(fault)


def test_a_bad_entry_takes_no_other_with_it() -> None:
    parsed = parse_document(b"- key_path: a\n- {}\n- key_path: b\n")
    assert [definition["key_path"] for definition in parsed.definitions] == ["a", "b"]


def test_a_metric_of_several_time_frames_is_reported_once_for_each() -> None:
    assert list(reported_paths("a", ["7d", "28d", "all", "new"])) == ["a", "a_weekly", "a_monthly"]
    assert list(reported_paths("a", ["28d"])) == ["a"]


# --- loading --------------------------------------------------------------------------------------
def counts(loaded: dictionary.Loaded) -> tuple[int, int, int, int]:
    return loaded.created, loaded.updated, loaded.unchanged, len(loaded.faults)


def test_a_folder_is_loaded_with_all_below_it(tmp_path: Path, now: datetime) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.yml").write_text("key_path: counts.a\n")
    (tmp_path / "b.yaml").write_text("- key_path: counts.b\n- key_path: counts.c\n")
    (tmp_path / "README.md").write_text("no definition")
    assert counts(load([tmp_path], now=now)) == (3, 0, 0, 0)
    assert MetricDefinition.objects.count() == 3


def test_loading_again_changes_what_differs_and_never_what_is_tracked(
    tmp_path: Path, now: datetime
) -> None:
    path = tmp_path / "a.yml"
    path.write_text(PUBLISHED)
    load([path], now=now)
    MetricDefinition.objects.update(tracked=True)
    assert counts(load([path], now=now)) == (0, 0, 1, 0)
    path.write_text(PUBLISHED.replace("15.10", "15.11"))
    assert counts(load([path], now=now)) == (0, 1, 0, 0)
    stored = MetricDefinition.objects.get()
    assert (stored.milestone, stored.tracked) == ("15.11", True)
    assert [row.history_type for row in history_of(stored)] == ["+", "~"]


def test_two_files_that_disagree_are_told(tmp_path: Path, now: datetime) -> None:
    (tmp_path / "a.yml").write_text("key_path: counts.a\nstatus: active\n")
    (tmp_path / "b.yml").write_text("key_path: counts.a\nstatus: removed\n")
    (tmp_path / "c.yml").write_text("key_path: counts.a\nstatus: active\n")
    loaded = load([tmp_path], now=now)
    assert counts(loaded) == (1, 0, 0, 1)
    assert "b.yml: counts.a is defined in" in loaded.faults[0]


def test_a_file_that_is_too_large_is_told(
    tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dictionary, "LARGEST_FILE", 3)
    (tmp_path / "a.yml").write_text("key_path: counts.a\n")
    assert "is larger than any dictionary" in load([tmp_path], now=now).faults[0]


def test_a_path_that_is_not_there_is_refused(tmp_path: Path, now: datetime) -> None:
    with pytest.raises(FileUnusable):
        load([tmp_path / "none"], now=now)


def test_a_metric_that_becomes_optional_is_erased_where_consent_was_withdrawn(
    tmp_path: Path, now: datetime
) -> None:
    factories.make_metric(BUILDS, tracked=True)
    account = factories.make_account(shares_optional_data=False)
    subscription = factories.make_subscription(account=account)
    factories.make_instance(external_id=UUID, hostname=HOSTNAME, subscription=subscription)
    ingest(line())
    (tmp_path / "a.yml").write_text(f"key_path: {BUILDS}\ndata_category: optional\n")
    Job.objects.all().delete()
    [job] = load([tmp_path], now=now).jobs
    assert BUILDS not in Snapshot.objects.get().metrics
    assert job.params["account_ids"] == [account.pk]


# --- what ships -----------------------------------------------------------------------------------
def test_what_ships_is_loaded_once(now: datetime) -> None:
    loaded = load_shipped(now=now)
    assert loaded.faults == []
    assert loaded.created == MetricDefinition.objects.count() > 30
    assert counts(load_shipped(now=now)) == (0, 0, loaded.created, 0)


def test_what_ships_never_overwrites_what_was_loaded(tmp_path: Path, now: datetime) -> None:
    (tmp_path / "a.yml").write_text("key_path: counts.ci_builds\ndescription: ours\n")
    load([tmp_path], now=now)
    load_shipped(now=now)
    assert MetricDefinition.objects.get(key_path="counts.ci_builds").description == "ours"


def test_what_ships_and_is_tracked_is_filled_into_snapshots(now: datetime) -> None:
    factories.make_snapshot()
    load_shipped(now=now)
    job = Job.objects.get(kind="backfill_metrics")
    assert "counts.ci_runners" in job.params["key_paths"]


def test_every_metric_that_ships_says_what_it_needs_consent_for(now: datetime) -> None:
    load_shipped(now=now)
    stored = MetricDefinition.objects.all()
    assert set(stored.values_list("data_category", flat=True)) == {
        "operational", "optional", "standard", "subscription",
    }  # fmt: skip
    assert not stored.filter(description="").exists()
