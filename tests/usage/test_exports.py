"""What leaves as CSV: one row per id, month and code."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from tests import book
from tests.book import AUGUST, OCTOBER, account_of, build, make_customer
from tests.factories import make_edition, make_transition
from usage.models import Edition, Instance
from usage.services import exports

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer(csm: User) -> Instance:
    book.load_edition()
    book.make_triggers()
    instance = make_customer(csm)
    build(instance, "G-Y")
    book.score()
    return instance


def rows(tmp_path: Path, command: str, *args: str) -> list[dict[str, str]]:
    path = tmp_path / "export.csv"
    call_command(command, *args, "--output", str(path), stderr=io.StringIO())
    return list(csv.DictReader(path.read_text().splitlines()))


def scores(tmp_path: Path, level: str, *args: str) -> list[dict[str, str]]:
    months = ("--from", "2026-08", "--to", "2026-10")
    return rows(tmp_path, "export_scores", "--level", level, *months, *args)


def test_scores_of_accounts(customer: Instance, tmp_path: Path) -> None:
    found = {(row["period"], row["code"]): row for row in scores(tmp_path, "account")}
    assert found["2026-10", "ci"] == {
        "id": account_of(customer).external_id,
        "period": "2026-10",
        "edition": "2025",
        "code": "ci",
        "value": "38",
        "score": "63",
        "color": "Yellow",
    }
    assert found["2026-09", "ci"]["color"] == "NA"
    assert found["2026-09", "health"]["score"] == ""
    assert found["2026-10", "ci.builds_per_user"]["value"] == "38"
    assert len(found) == 3 * (6 + 10 + 2)


def test_scores_of_instances_are_of_months_with_a_snapshot(
    customer: Instance, tmp_path: Path
) -> None:
    found = {(row["period"], row["code"]): row for row in scores(tmp_path, "instance")}
    assert {period for period, _ in found} == {"2026-08", "2026-10"}
    ci = found["2026-10", "ci"]
    assert (ci["id"], ci["color"]) == (customer.external_id, "Yellow")
    assert (float(ci["value"]), float(ci["score"])) == (38, 63)


def test_months_decided_by_two_editions_name_each(customer: Instance, tmp_path: Path) -> None:
    book.load_edition("2024", in_force_from=OCTOBER)
    book.score()
    found = {(row["period"], row["edition"]) for row in scores(tmp_path, "account")}
    assert found == {("2026-08", "2025"), ("2026-09", "2025"), ("2026-10", "2024")}
    named = {row["edition"] for row in scores(tmp_path, "account", "--edition", "2025")}
    assert named == {"2025"}


def test_transitions(customer: Instance, tmp_path: Path) -> None:
    assert rows(tmp_path, "export_transitions") == [
        {
            "account": account_of(customer).external_id,
            "period": "2026-10",
            "edition": "2025",
            "component": "ci",
            "from": "Green",
            "to": "Yellow",
        }
    ]


def test_a_drop_of_an_edition_no_longer_in_force_is_not_exported(
    customer: Instance, tmp_path: Path
) -> None:
    later = make_edition("2026", in_force_from=OCTOBER)
    make_transition(account=account_of(customer), edition=later)
    exported = rows(tmp_path, "export_transitions")
    assert [(row["period"], row["edition"]) for row in exported] == [("2026-10", "2026")]


def test_calls_to_action(customer: Instance, csm: User, tmp_path: Path) -> None:
    (row,) = rows(tmp_path, "export_ctas")
    external_id = account_of(customer).external_id
    assert row.pop("id").isdecimal()
    assert row == {
        "account": external_id,
        "type": "Risk",
        "reason": "Usage dropped",
        "status": "New",
        "priority": "Medium",
        "component": "ci",
        "period": "2026-10",
        "opened_at": "2026-11-16T09:00:00+00:00",
        "due_date": "2026-11-23",
        "owner": csm.email,
        "dedupe_key": f"score_drop:{external_id}:ci",
    }


def test_an_unknown_edition_ends_the_command(customer: Instance, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no edition named '1999'"):
        scores(tmp_path, "account", "--edition", "1999")


def test_nothing_scored_gives_no_rows(db: None) -> None:
    book.load_edition()
    assert Edition.objects.count() == 1
    assert list(exports.account_scores(AUGUST, OCTOBER)) == []
    assert list(exports.instance_scores(AUGUST, OCTOBER)) == []
    assert list(exports.transitions()) == []
