"""An edition of entirely other use cases is only a file: from loading to a call to action."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path

import pytest
from django.core.management import call_command

from accounts.models import User
from playbooks.models import CallToAction
from tests.book import make_customer
from tests.factories import make_metric, make_snapshot, make_trigger
from usage.explain import explain
from usage.models import Edition, Instance, ScoreCard
from usage.services import editions

pytestmark = pytest.mark.django_db

TEA = Path(__file__).with_name("tea.yaml")
SEPTEMBER, OCTOBER = date(2026, 9, 1), date(2026, 10, 1)
GOOD = {"guests": 10, "cups": 30, "full_cups": 20, "minutes": 4, "scones": 5, "muffins": 5}


def run(command: str, *args: str) -> str:
    out = io.StringIO()
    call_command(command, *args, stdout=out, stderr=io.StringIO())
    return out.getvalue()


@pytest.fixture
def customer(csm: User) -> Instance:
    for key in GOOD:
        make_metric(key)
    make_trigger(code="tea", components=["brewing", "waiting", "baking"])
    run("load_edition", str(TEA), "--publish")
    instance = make_customer(csm)
    make_snapshot(instance=instance, period=SEPTEMBER, metrics=GOOD)
    make_snapshot(
        instance=instance, period=OCTOBER, metrics=GOOD | {"minutes": 7, "scones": 0, "muffins": 0}
    )
    run("score", "--from", "2026-09", "--to", "2026-10")
    return instance


def test_its_scores_are_exported(customer: Instance, tmp_path: Path) -> None:
    months = ("--from", "2026-10", "--to", "2026-10")
    for level in ("account", "instance"):
        path = tmp_path / f"{level}.csv"
        run("export_scores", "--level", level, *months, "--output", str(path))
        rows = {row["code"]: row for row in csv.DictReader(path.read_text().splitlines())}
        assert set(rows) == {
            *("brewing", "waiting", "baking", "comfort", "house"),
            *("brewing.cups_per_guest", "brewing.empty_cups", "waiting.minutes", "baking.cakes"),
        }
        cells = {code: (row["value"], row["score"], row["color"]) for code, row in rows.items()}
        assert cells["brewing"] == ("", "90.0" if level == "instance" else "90", "Green")
        assert cells["waiting"][2] == "Yellow"
        assert cells["baking"][2] == "Red"
        assert float(cells["comfort"][1]) == (2 * 90 + 60) / 3
        assert float(cells["house"][1]) == (80 + 20) / 2


def test_its_drops_open_calls_to_action(customer: Instance) -> None:
    summaries = dict(CallToAction.objects.values_list("title", "summary"))
    assert summaries == {
        "Waiting fell from Green to Yellow": "7 minutes, Green is up to 5",
        "Baking fell from Green to Red": "0 kinds of cake, Green is from 2",
    }


def test_its_card_is_explained(customer: Instance) -> None:
    card = ScoreCard.objects.get(period=OCTOBER)
    tree = explain(card.evidence, editions.load(card.edition_id))
    assert (tree.code, tree.score) == ("house", 50)
    assert [child.contribution for child in tree.children] == [40, 10]
    assert card.use_cases_adopted == 1
    assert card.component_levels == "2-0"
    assert Edition.objects.get().name == "tea"
