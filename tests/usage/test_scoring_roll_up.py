"""From instances to subscriptions to the account."""

from __future__ import annotations

from datetime import date

import pytest

from tests.editions import bands, edition, measure, use_case
from tests.scoring import (
    BILLABLE,
    DEPLOYING,
    GIT,
    SCANNING,
    Inst,
    Row,
    Snap,
    Sub,
    account,
    run,
    shipped,
)
from usage.scoring.edition import Edition, Term

EDITION = shipped("2025")
BIG, SMALL = {BILLABLE: 200, GIT: 20}, {BILLABLE: 50, GIT: 50}
TWO = [Sub(1, arr=3_000), Sub(2, arr=1_000)]
OF_BOTH = [Inst(1, 1), Inst(2, 2)]


def primary(insts: list[Inst], snaps: list[Snap]) -> list[str]:
    row = account(EDITION, [Sub()], insts, snaps)
    return [entry["instance"] for entry in row.evidence["rows"] if entry["primary"]]


# --- The primary instance -------------------------------------------------------------------------


def test_the_instance_with_most_billable_users_is_primary() -> None:
    assert primary([Inst(1), Inst(2)], [Snap(1, SMALL), Snap(2, BIG)]) == ["I2"]


def test_the_newest_payload_breaks_a_tie() -> None:
    assert primary([Inst(1), Inst(2)], [Snap(1, BIG, day=3), Snap(2, BIG, day=4)]) == ["I2"]


def test_the_older_instance_breaks_the_last_tie() -> None:
    assert primary([Inst(2), Inst(1)], [Snap(2, BIG), Snap(1, BIG)]) == ["I1"]


def test_unknown_users_are_fewer_than_none() -> None:
    assert primary([Inst(1), Inst(2)], [Snap(1, {BILLABLE: -1}), Snap(2, {BILLABLE: 0})]) == ["I2"]


@pytest.mark.parametrize("kind", ["Non-Production", "Unknown", "Obsolete", "Geo Secondary"])
def test_just_production_instances_count(kind: str) -> None:
    assert primary([Inst(1, kind=kind), Inst(2)], [Snap(1, BIG), Snap(2, SMALL)]) == ["I2"]
    row = account(EDITION, [Sub()], [Inst(1, kind=kind)], [Snap(1, BIG)])
    assert row.color("scm") == "NA"
    assert row.evidence["rows"][0]["reason"] == f"labelled {kind}"


def test_an_instance_that_is_opted_out_does_not_count() -> None:
    insts = [Inst(1, opted_out=True), Inst(2)]
    assert primary(insts, [Snap(1, BIG), Snap(2, SMALL)]) == ["I2"]
    row = account(EDITION, [Sub()], insts[:1], [Snap(1, BIG)])
    assert [entry["reason"] for entry in row.evidence["rows"]] == [
        "opted out of health",
        "no Production instance reported in this month",
    ]


def test_primary_is_chosen_each_month() -> None:
    snaps = [
        Snap(1, BIG, date(2026, 9, 1)),
        Snap(2, SMALL, date(2026, 9, 1)),
        Snap(2, SMALL, date(2026, 10, 1)),
    ]
    periods = [date(2026, 9, 1), date(2026, 10, 1)]
    scores = run(EDITION, [Sub()], [Inst(1), Inst(2)], snaps, periods)
    rows = [Row(cells, EDITION) for cells in scores.accounts.iter_rows(named=True)]
    assert [row.value("scm") for row in rows] == [0.1, 1.0]


# --- Which months count ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "end", "counts"),
    [
        pytest.param(date(2026, 10, 31), None, True, id="it starts in the month"),
        pytest.param(date(2026, 11, 1), None, False, id="it starts after the month"),
        pytest.param(
            date(2025, 1, 1), date(2026, 10, 1), True, id="it ends on the month's first day"
        ),
        pytest.param(date(2025, 1, 1), date(2026, 9, 30), False, id="it ended before the month"),
        pytest.param(date(2025, 1, 1), None, True, id="it has no end"),
    ],
)
def test_a_subscription_counts_from_its_start_month_until_its_end(
    start: date,
    end: date | None,
    counts: bool,  # noqa: FBT001 - a table's column
) -> None:
    scores = run(EDITION, [Sub(start=start, end=end)], [Inst()], [Snap(1, BIG)])
    assert scores.accounts.height == counts


def test_an_ended_subscription_does_not_weigh() -> None:
    subs = [Sub(1), Sub(2, arr=9_000, end=date(2026, 9, 30))]
    row = account(EDITION, subs, OF_BOTH, [Snap(1, SMALL), Snap(2, BIG)])
    assert row.value("scm") == 1.0
    assert row["reporting_arr_share"] == 1.0


# --- By value, by score ---------------------------------------------------------------------------


def test_a_use_case_with_one_measure_bands_the_weighted_value() -> None:
    row = account(EDITION, TWO, OF_BOTH, [Snap(1, BIG), Snap(2, SMALL)])
    assert row.value("scm") == (3 * 0.1 + 1 * 1.0) / 4
    assert row.color("scm") == "Yellow"


def test_a_use_case_with_several_measures_bands_the_weighted_score() -> None:
    good, bad = {BILLABLE: 100, DEPLOYING: 50}, {BILLABLE: 100, DEPLOYING: 0}
    row = account(EDITION, TWO, OF_BOTH, [Snap(1, good), Snap(2, bad)])
    assert row.score("cd") == (3 * 88 + 1 * 25) / 4


def test_a_subscription_that_does_not_know_a_measure_does_not_weigh() -> None:
    row = account(EDITION, TWO, OF_BOTH, [Snap(1, {BILLABLE: 9}), Snap(2, SMALL)])
    assert row.value("scm") == 1.0


def test_security_weighs_ultimate_subscriptions_only() -> None:
    subs = [Sub(1, plan="Premium", arr=9_000), Sub(2)]
    good, bad = {BILLABLE: 100, SCANNING: 50}, {BILLABLE: 100, SCANNING: 1}
    row = account(EDITION, subs, OF_BOTH, [Snap(1, bad), Snap(2, good)])
    assert row.score("security") == 88


@pytest.mark.parametrize(
    ("arrs", "value"),
    [
        pytest.param((0, 0), 0.55, id="no ARR at all: the plain mean"),
        pytest.param((0, 10), 1.0, id="no ARR on one side: it does not weigh"),
    ],
)
def test_subscriptions_without_arr(arrs: tuple[float, float], value: float) -> None:
    subs = [Sub(1, arr=arrs[0]), Sub(2, arr=arrs[1])]
    row = account(EDITION, subs, OF_BOTH, [Snap(1, BIG), Snap(2, SMALL)])
    assert row.value("scm") == value


@pytest.mark.parametrize(
    ("subs", "share"),
    [
        pytest.param(TWO, 0.75, id="3,000 of 4,000 ARR report"),
        pytest.param([Sub(1, arr=0), Sub(2, arr=0)], None, id="no ARR: not known"),
        pytest.param([Sub(2)], 0.0, id="the one subscription is silent: 0"),
    ],
)
def test_reporting_share_of_arr(subs: list[Sub], share: float | None) -> None:
    insts = [Inst(sub.id, sub.id) for sub in subs]
    snaps = [Snap(1, BIG)] if subs[0].id == 1 else []
    assert account(EDITION, subs, insts, snaps)["reporting_arr_share"] == share


def test_an_account_without_a_reporting_subscription_is_na_throughout() -> None:
    row = account(EDITION, [Sub()], [], [])
    assert row["component_colors"] == "NNNNNN"
    assert row["component_levels"] == row["component_reach"] == "------"
    assert (row["overall"], row["color"], row["newest_recorded_at"]) == (None, "", None)


def test_the_newest_payload_of_the_primary_instances_is_the_cards() -> None:
    row = account(EDITION, TWO, OF_BOTH, [Snap(1, BIG, day=3), Snap(2, SMALL, day=9)])
    assert row["newest_recorded_at"].day == 9


# --- The two other roll-ups -----------------------------------------------------------------------


def tea(roll_up: str, **fields: object) -> Edition:
    return edition(use_case("brewing", measure("rate", **fields), roll_up=roll_up))  # type: ignore[arg-type]


def test_roll_up_by_the_one_primary_instance() -> None:
    snaps = [Snap(1, {"guests": 10, "cups": 5}), Snap(2, {"guests": 20, "cups": 60})]
    row = account(tea("primary"), TWO, OF_BOTH, snaps)
    assert (row.value("brewing"), row.color("brewing")) == (3.0, "Green")


def test_the_one_primary_instance_may_not_apply() -> None:
    limited = edition(use_case("brewing", roll_up="primary", plans=("Ultimate",)))
    subs = [Sub(1), Sub(2, plan="Free")]
    snaps = [Snap(1, {"guests": 10, "cups": 50}), Snap(2, {"guests": 20, "cups": 60})]
    row = account(limited, subs, OF_BOTH, snaps)
    assert (row.value("brewing"), row.color("brewing")) == (None, "NA")
    assert row["component_reach"] == "3"


def test_roll_up_by_sum_adds_numerators_and_denominators_then_scores() -> None:
    insts = [Inst(1, 1), Inst(2, 2), Inst(3, 2), Inst(4, 2, kind="Unknown")]
    snaps = [
        Snap(1, {"guests": 10, "cups": 5}),
        Snap(2, {"guests": 20, "cups": 50}),
        Snap(3, {"guests": 10, "cups": 10}),
        Snap(4, {"guests": 999, "cups": 0}),
    ]
    row = account(tea("sum"), TWO, insts, snaps)
    assert (row.value("brewing"), row.color("brewing")) == (65 / 40, "Yellow")


def test_a_sum_leaves_out_instances_that_do_not_know_both_sides() -> None:
    snaps = [Snap(1, {"guests": 10, "cups": -1}), Snap(2, {"guests": 20, "cups": 30})]
    assert account(tea("sum"), TWO, OF_BOTH, snaps).value("brewing") == 1.5


def test_a_sum_of_a_plain_number() -> None:
    snaps = [Snap(1, {"cups": 2}), Snap(2, {"cups": 3})]
    assert account(tea("sum", bottom=()), TWO, OF_BOTH, snaps).value("brewing") == 5


def test_a_sum_counts_the_seats_of_a_subscription_once() -> None:
    by_seats = tea("sum", top=["guests"], bottom=["seats"], bands=bands(0.1, 0.5))
    insts = [Inst(1, 1), Inst(2, 1), Inst(3, 2)]
    subs = [Sub(1, seats=100), Sub(2, seats=50)]
    row = account(by_seats, subs, insts, [Snap(n, {"guests": 30}) for n in (1, 2, 3)])
    assert row.value("brewing") == 90 / 150


def test_a_sum_counts_seats_once_in_a_numerator_too() -> None:
    free = tea("sum", numerator=Term("difference", ("seats", "guests")), bottom=["seats"])
    row = account(
        free, [Sub(seats=100)], [Inst(1), Inst(2)], [Snap(n, {"guests": 30}) for n in (1, 2)]
    )
    assert row.value("brewing") == 0.4


@pytest.mark.parametrize(
    ("is_na", "value"), [pytest.param(True, None, id="NA"), pytest.param(False, 0.0, id="0")]
)
def test_a_sum_over_nothing_is_what_the_measure_says(
    is_na: bool,  # noqa: FBT001 - a table's column
    value: float | None,
) -> None:
    snaps = [Snap(1, {"guests": 0, "cups": 2}), Snap(2, {"guests": 0, "cups": 3})]
    row = account(tea("sum", zero_denominator_is_na=is_na), TWO, OF_BOTH, snaps)
    assert row.value("brewing") == value


@pytest.mark.parametrize("roll_up", ["value", "primary", "sum"])
def test_several_measures_are_banded_each_by_its_rolled_up_value(roll_up: str) -> None:
    pair = (measure("rate"), measure("spoons", ["spoons"], weight=3))
    snaps = [
        Snap(1, {"guests": 30, "cups": 15, "spoons": 90}),
        Snap(2, {"guests": 10, "cups": 45, "spoons": 10}),
    ]
    row = account(edition(use_case("brewing", *pair, roll_up=roll_up)), TWO, OF_BOTH, snaps)
    # cups 0.5 and 4.5, spoons 3 and 1 per guest
    values = {"value": (1.5, 2.5), "primary": (0.5, 3.0), "sum": (1.5, 2.5)}[roll_up]
    points = {"value": 60, "primary": 20, "sum": 60}[roll_up]
    assert (row.value("brewing.rate"), row.value("brewing.spoons")) == values
    assert row.score("brewing") == (points + 3 * 90) / 4
