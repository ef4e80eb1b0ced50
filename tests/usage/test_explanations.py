"""Explanations with metrics and since when, the change between two months, and both as text and over the API."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from django.test import Client

from accounts.formats import MINUS
from accounts.models import Account
from tests import factories
from tests.api import ROOT, fault
from tests.factories import NOW
from tests.playbooks.books import OCTOBER, SEPTEMBER, make_reporting, report, score_months
from usage.errors import MonthNotScored, ScorePartUnknown
from usage.explain import Node
from usage.facts import Facts, Metric, since
from usage.lab.attribution import Attribution, Part
from usage.lab.plain_text import change_sentence, change_text, moved_by, tree_text
from usage.models import Edition, ScoreCard, Snapshot
from usage.scoring.edition import Measure, Term
from usage.services.explanations import Movement, explained, score_change, score_changes
from usage.services.scoring import ScoreRequest, score

pytestmark = pytest.mark.django_db
JUNE, JULY, AUGUST = date(2026, 6, 1), date(2026, 7, 1), date(2026, 8, 1)


def find(node: Node, *codes: str) -> Node:
    for code in codes:
        node = next(child for child in node.children if child.code == code)
    return node


def card_of(account: Account, period: date = OCTOBER, edition: str = "2025") -> ScoreCard:
    return ScoreCard.objects.get(account=account, period=period, edition__name=edition)


@pytest.fixture
def fallen(account: Account) -> Account:
    """CI falls from Green to Yellow in October."""
    report(make_reporting(account), {SEPTEMBER: 0.5, OCTOBER: 0.2})
    score_months()
    return account


@pytest.fixture
def silent(account: Account) -> Account:
    """CI builds are reported in June and July, and no more from August on."""
    instance = make_reporting(account)
    report(instance, dict.fromkeys((JUNE, JULY, AUGUST, SEPTEMBER, OCTOBER), 0.5))
    for snapshot in Snapshot.objects.filter(period__gte=AUGUST):
        snapshot.metrics = {"license_billable_users": 710, "counts.scans": -1}
        snapshot.save()
    score_months(JUNE)
    return account


def test_a_measure_names_its_metrics_snapshot_and_edition(fallen: Account) -> None:
    root = explained(card_of(fallen))
    (instance,) = find(root, "product", "ci").children
    (leaf,) = instance.children
    snapshot = Snapshot.objects.get(period=OCTOBER)
    assert (leaf.edition, leaf.snapshot) == ("2025", snapshot.pk)
    assert leaf.recorded_at == "2026-10-28T03:00:00Z"
    assert leaf.metrics == (
        Metric("counts.ci_builds", 142, "142"),
        Metric("license_billable_users", 710, "710"),
    )


def test_a_missing_metric_says_since_when(silent: Account) -> None:
    ci = find(explained(card_of(silent)), "product", "ci")
    said = "counts.ci_builds: not reported, missing since 2026-08, last known 2026-07"
    assert ci.reason == said
    (leaf,) = ci.children[0].children
    assert leaf.metrics[0].reason == "not reported, missing since 2026-08, last known 2026-07"
    assert leaf.metrics[0].value is None


def test_a_metric_that_failed_is_missing_too(fallen: Account) -> None:
    metrics = (
        find(explained(card_of(fallen)), "product", "security").children[0].children[0].metrics
    )
    never = "not known once in the 36 months before"
    assert metrics[0] == Metric("counts.scans", None, "NA", f"reported as -1: it failed, {never}")


def test_a_month_without_any_report_says_since_when(fallen: Account) -> None:
    november = date(2026, 11, 1)
    score(ScoreRequest(november, november), now=NOW)
    root = explained(card_of(fallen, november))
    ci = find(root, "product", "ci")
    when = "missing since 2026-11, last known 2026-10"
    assert root.reason == f"nothing below it is known; {when}"
    assert ci.reason == f"no Production instance reported in this month; {when}"
    assert ci.children[0].reason == f"no Production instance reported in this month; {when}"


def test_a_part_of_health_says_since_when(account: Account) -> None:
    factories.make_health_edition()
    factories.make_subscription(account=account)
    factories.make_activity(account=account, sentiment="green", happened_at=NOW.replace(month=3))
    score(ScoreRequest(date(2026, 3, 1), OCTOBER), now=NOW)
    edition = Edition.objects.get(score_cards__period=OCTOBER)
    risk = find(explained(card_of(account, edition=edition.name)), "risk")
    assert risk.reason.endswith("; missing since 2026-07, last known 2026-06")
    assert risk.children[0].reason.endswith("; missing since 2026-07, last known 2026-06")


def test_seats_are_the_subscriptions() -> None:
    seats = Measure(
        "use", "Use", "", is_share=True, weight=1, numerator=Term("sum", ("users",)),
        denominator=Term("first", ("seats",)), zero_denominator_is_na=True, bands=(),
    )  # fmt: skip
    row: dict[str, Any] = {"instance": "I1", "hostname": "", "seats": 10}
    facts = Facts(OCTOBER, metrics={"I1 ": {"users": 3}})
    assert facts.metrics_of(seats, row) == (Metric("users", 3, "3"), Metric("seats", 10, "10"))
    unknown = facts.metrics_of(seats, row | {"seats": None})[1]
    assert unknown.reason == "its subscription says no seats"
    assert since(None) == "not known once in the 36 months before"


# --- What changed ---------------------------------------------------------------------------------------


def test_a_fall_is_the_measures(fallen: Account) -> None:
    change = score_change(account_id=fallen.pk, former=SEPTEMBER, later=OCTOBER, of="ci", now=NOW)
    found = change.attribution
    assert [(part.kind, part.code, float(part.points)) for part in found.parts] == [
        ("measure", "ci.ci_per_user", -25)
    ]
    assert change_sentence(found) == (
        "CI fell from Green 88 to Yellow 63: CI per user 0.5 → 0.2 (Green > 0.33 · Red ≤ 0.1)"
    )


def test_an_edition_in_force_since_is_parted_from_the_data(fallen: Account) -> None:
    _in_force_from_october("strict")
    score(ScoreRequest(SEPTEMBER, OCTOBER), now=NOW)
    change = score_change(account_id=fallen.pk, former=SEPTEMBER, later=OCTOBER, of="", now=NOW)
    assert (change.former.edition.name, change.later.edition.name) == ("2025", "strict")
    found = change.attribution
    assert found.total("edition")
    assert found.total("measure")
    assert sum(part.points for part in found.parts) == found.difference
    kept = ScoreCard.objects.count()
    score(ScoreRequest(SEPTEMBER, OCTOBER, "strict"), now=NOW)
    again = score_change(account_id=fallen.pk, former=SEPTEMBER, later=OCTOBER, of="", now=NOW)
    assert ScoreCard.objects.count() == kept + 1
    assert again.attribution == found


def test_a_month_that_nobody_can_judge_anew_leaves_all_to_the_edition(fallen: Account) -> None:
    _in_force_from_october("strict")
    score(ScoreRequest(SEPTEMBER, OCTOBER), now=NOW)
    fallen.subscriptions.update(start_date=date(2026, 11, 1))
    change = score_change(account_id=fallen.pk, former=SEPTEMBER, later=OCTOBER, of="", now=NOW)
    assert {part.kind for part in change.attribution.parts} <= {"edition", "measure", "coverage"}
    assert sum(p.points for p in change.attribution.parts) == change.attribution.difference


def _in_force_from_october(name: str) -> None:
    """An edition that differs in CI: Green only above 0.6."""
    strict = factories.make_edition(name, published=False, in_force_from=OCTOBER)
    ci = strict.use_cases.get(code="ci").measures.get()
    ci.bands.filter(color="Yellow").update(upper=0.6)
    ci.bands.filter(color="Green").update(lower=0.6)
    factories.put_in_force(strict)


def test_what_is_not_there_is_refused(fallen: Account) -> None:
    with pytest.raises(MonthNotScored):
        score_change(account_id=fallen.pk, former=date(2020, 1, 1), later=OCTOBER, of="", now=NOW)
    with pytest.raises(ScorePartUnknown):
        score_change(account_id=fallen.pk, former=SEPTEMBER, later=OCTOBER, of="tea", now=NOW)
    Edition.objects.update(status="retired")
    with pytest.raises(MonthNotScored):
        score_change(account_id=fallen.pk, former=SEPTEMBER, later=OCTOBER, of="", now=NOW)


# --- Text -----------------------------------------------------------------------------------------------


def test_a_tree_is_told_as_indented_text(silent: Account) -> None:
    lines = tree_text(explained(card_of(silent))).splitlines()
    assert lines[0].startswith("Health: ")
    assert lines[1].startswith("  Product: ")
    metric = next(line for line in lines if line.strip().startswith("counts.ci_builds = NA"))
    assert metric.endswith("(not reported, missing since 2026-08, last known 2026-07)")
    assert any("edition 2025" in line and "snapshot " in line for line in lines)


def test_a_leaf_without_facts_names_no_snapshot_id() -> None:
    leaf = Node("x", "X", "Green", value=2, contribution=1.5, edition="2025", recorded_at="then")
    root = Node("all", "All", "Green", children=(leaf,))
    assert tree_text(root) == "All: Green\n  X: Green · adds 1.5 · snapshot of then · edition 2025"


def test_a_change_is_told_line_by_line(fallen: Account) -> None:
    change = score_change(account_id=fallen.pk, former=SEPTEMBER, later=OCTOBER, of="ci", now=NOW)
    assert change_text(change.attribution).splitlines() == [
        "CI fell from Green 88 to Yellow 63",
        f"  {MINUS}\xa025.00 measure · CI per user: 0.5 → 0.2 (Green > 0.33 · Red ≤ 0.1)",
    ]
    back = score_change(account_id=fallen.pk, former=OCTOBER, later=SEPTEMBER, of="ci", now=NOW)
    assert change_text(back.attribution).startswith("CI rose from Yellow 63 to Green 88")


def test_what_stays_and_what_became_na_is_told(silent: Account) -> None:
    same = score_change(account_id=silent.pk, former=JUNE, later=JULY, of="ci", now=NOW)
    assert change_sentence(same.attribution) == "CI stays Green 88"
    gone = score_change(account_id=silent.pk, former=JULY, later=AUGUST, of="ci", now=NOW)
    assert change_text(gone.attribution) == (
        "CI was Green 88 and is NA\n  NA now: not reported: counts.ci_builds"
    )
    assert change_sentence(gone.attribution).endswith("NA now: not reported: counts.ci_builds")


def moved(*parts: tuple[str, str, str, Fraction]) -> str:
    """The sentence of parts by kind, code, name and points."""
    found = tuple(Part(kind, code, name, points) for kind, code, name, points in parts)
    return moved_by(Attribution("ci", "CI", 88, 63, "Green", "Yellow", found, notes=()))


def test_what_moved_a_score_is_told_without_what_was_reported() -> None:
    assert moved(
        ("measure", "ci.builds", "Builds per user", Fraction(-20)),
        ("edition", "edition", "2024 → 2025", Fraction(-7, 2)),
        ("coverage", "ci", "CI", Fraction(3)),
        ("measure", "ci.users", "Users", Fraction(1)),
    ) == (
        f"Moved by Builds per user ({MINUS}\xa020.0 points), "
        f"the change of edition 2024 → 2025 ({MINUS}\xa03.5 points), "
        "what is known of CI (+\xa03.0 points)."
    )


def test_weights_that_were_handed_on_are_told_as_such() -> None:
    said = moved(("coverage", "weights", "Weights redistributed", Fraction(-2)))
    assert said == f"Moved by weights that are handed on ({MINUS}\xa02.0 points)."


@pytest.mark.parametrize(
    "points", [[], [Fraction(1, 1_000)]], ids=["nothing", "less than is shown"]
)
def test_what_nothing_moved_says_nothing(points: list[Fraction]) -> None:
    assert moved(*(("measure", "ci.builds", "Builds", each) for each in points)) == ""


def test_many_movements_are_split_at_once_and_what_cannot_be_is_left_out(fallen: Account) -> None:
    told = Movement(fallen.pk, SEPTEMBER, OCTOBER, "ci")
    without_card = Movement(fallen.pk, date(2020, 1, 1), OCTOBER, "ci")
    without_part = Movement(fallen.pk, SEPTEMBER, OCTOBER, "tea")
    found = score_changes([told, without_card, without_part], now=NOW)
    alone = score_change(account_id=fallen.pk, former=SEPTEMBER, later=OCTOBER, of="ci", now=NOW)
    assert found == {told: alone}


def test_no_movements_ask_nothing(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert score_changes([], now=NOW) == {}


# --- The API --------------------------------------------------------------------------------------------


def test_an_explanation_is_told_as_text_too(csm_client: Client, fallen: Account) -> None:
    card = card_of(fallen)
    told = csm_client.get(f"{ROOT}/score-cards/{card.pk}/explanation/").json()
    assert told["plain_text"].startswith("Health: ")
    leaf = told["children"][0]["children"][1]["children"][0]["children"][0]
    assert leaf["metrics"][0] == {"key": "counts.ci_builds", "value": 142.0, "reason": ""}


def change_of(client: Client, account: Account, **query: str) -> Any:
    return client.get(f"{ROOT}/accounts/{account.pk}/score-change/", query)


def test_a_change_is_told(csm_client: Client, fallen: Account) -> None:
    told = change_of(csm_client, fallen, **{"from": "2026-09", "to": "2026-10", "of": "ci"}).json()
    assert (told["from_score"], told["to_score"], told["difference"]) == (88, 63, -25)
    assert (told["from_period"], told["from_edition"]) == ("2026-09", "2025")
    assert [part["kind"] for part in told["parts"]] == ["measure"]
    assert told["sentence"].startswith("CI fell from Green 88 to Yellow 63: ")
    assert told["plain_text"].startswith("CI fell from Green 88 to Yellow 63\n")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"from": "2026-09"}, (400, "required", "to")),
        ({"from": "9/2026", "to": "2026-10"}, (400, "invalid", "from")),
        ({"from": "2026-09", "to": "2026-10", "tea": "1"}, (400, "invalid", "tea")),
        ({"from": "2020-01", "to": "2026-10"}, (409, "month_not_scored", None)),
        ({"from": "2026-09", "to": "2026-10", "of": "tea"}, (409, "score_part_unknown", None)),
    ],
    ids=str,
)
def test_a_change_that_cannot_be_told_says_why(
    csm_client: Client, fallen: Account, query: dict[str, str], said: tuple[int, str, str | None]
) -> None:
    assert fault(change_of(csm_client, fallen, **query)) == said


def test_a_strangers_change_is_not_there(stranger_client: Client, fallen: Account) -> None:
    query = {"from": "2026-09", "to": "2026-10"}
    assert change_of(stranger_client, fallen, **query).status_code == 404
