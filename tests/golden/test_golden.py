"""The whole way, through the commands: files in, scores, transitions and calls to action out."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone

from playbooks.models import CallToAction
from tests.golden import expected
from tests.golden.expected import DATA
from usage.models import ScoreCard, Transition
from usage.periods import parse_period

FIRST, LAST = "2026-05", "2026-10"
PINGS = str(DATA / "service_pings.ndjson")

pytestmark = pytest.mark.django_db


def run(command: str, *args: str) -> str:
    out = io.StringIO()
    call_command(command, *args, stdout=out, stderr=io.StringIO())
    return out.getvalue()


def counts(text: str) -> dict[str, int]:
    return {word: int(number) for word, number in (line.split() for line in text.splitlines())}


def score(*args: str) -> str:
    return run("score", "--from", FIRST, "--to", LAST, *args)


def export(tmp_path: Path, name: str, *args: str) -> list[expected.Cell]:
    path = tmp_path / "export.csv"
    run(name, *args, "--output", str(path))
    return expected.read_csv(path)


@pytest.fixture
def ingested(db: None) -> None:
    run("load_defaults")
    run("import_accounts", str(DATA))
    run("ingest_usage", PINGS)


def test_every_payload_is_accepted_once(db: None) -> None:
    run("load_defaults")
    run("import_accounts", str(DATA))
    first, second = (counts(run("ingest_usage", PINGS)) for _ in range(2))
    nothing = dict.fromkeys(first, 0) | {"read": 766}
    assert first == nothing | {"accepted": 766}
    assert second == nothing | {"unchanged": 766}


@pytest.mark.parametrize("edition", ["2024", "2025"])
@pytest.mark.parametrize(("level", "cells"), [("instance", 3_010), ("account", 1_350)])
def test_scores_are_those_of_the_independent_implementation(
    ingested: None, tmp_path: Path, level: str, cells: int, edition: str
) -> None:
    score("--edition", edition)
    months = ("--level", level, "--from", FIRST, "--to", LAST, "--edition", edition)
    compared, wrong = expected.mismatches(
        export(tmp_path, "export_scores", *months), level, edition
    )
    assert wrong == []
    assert compared >= cells


def test_transitions_are_the_drops_of_the_expected_colours(ingested: None, tmp_path: Path) -> None:
    score()
    drops, untold = expected.expected_drops("2025")
    got = {
        (row["account"], row["period"], row["component"], row["from"], row["to"])
        for row in export(tmp_path, "export_transitions")
    }
    assert len(drops) > 100
    assert {drop for drop in got if drop[:3] not in untold} == drops


def test_each_drop_of_the_newest_month_opens_one_call_to_action(
    ingested: None, tmp_path: Path
) -> None:
    score()
    drops = {
        (row["account"], row["component"])
        for row in export(tmp_path, "export_transitions")
        if row["period"] == LAST
    }
    opened = [
        (row["account"], row["component"])
        for row in export(tmp_path, "export_ctas")
        if row["type"] == "Risk"
    ]
    assert len(opened) == len(set(opened))
    assert set(opened) == drops
    assert {row["period"] for row in export(tmp_path, "export_ctas")} == {LAST}


def test_scoring_again_changes_nothing(ingested: None, tmp_path: Path) -> None:
    score()
    before = export(tmp_path, "export_ctas"), export(tmp_path, "export_transitions")
    assert "(0 created, 0 changed, 234 unchanged), 0 removed" in (text := score())
    assert "0 calls to action opened, 0 added to" in text
    assert (export(tmp_path, "export_ctas"), export(tmp_path, "export_transitions")) == before


def test_an_edition_that_is_not_in_force_gets_its_cards_and_opens_nothing(ingested: None) -> None:
    text = score("--edition", "2024")
    assert "234 cards (234 created" in text
    assert "no transitions, no calls to action" in text
    assert set(ScoreCard.objects.values_list("edition__name", flat=True)) == {"2024"}
    assert not Transition.objects.exists()
    assert not CallToAction.objects.exists()


def test_scoring_month_by_month_gives_what_one_run_gives(ingested: None, tmp_path: Path) -> None:
    score()
    at_once = export(tmp_path, "export_transitions"), _cards()
    Transition.objects.all().delete()
    ScoreCard.objects.all().delete()
    for month in ("05", "06", "07", "08", "09", "10"):
        run("score", "--from", f"2026-{month}", "--to", f"2026-{month}")
    assert (export(tmp_path, "export_transitions"), _cards()) == at_once


def _cards() -> list[tuple[object, ...]]:
    cards = ScoreCard.objects.order_by("account__external_id", "period")
    return list(cards.values_list("account__external_id", "period", "input_hash", "evidence"))


def test_every_card_is_made_anew_as_it_is_stored(ingested: None) -> None:
    score()
    for month in (FIRST, LAST):
        count = ScoreCard.objects.filter(period=parse_period(month)).count()
        text = run("rescore", "--period", month)
        assert text.endswith(f"{count} cards: {count} equal, 0 differ, 0 cannot be rebuilt.\n")
        assert count >= 35


def test_as_of_now_every_card_is_what_is_known(ingested: None) -> None:
    score()
    moment = timezone.now().isoformat()
    assert " equal, 0 differ, 0 cannot" in run("rescore", "--period", LAST, "--as-of", moment)
