"""Why a score moved: parts that sum to the difference, whatever changed."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.editions import edition, measure, use_case
from tests.generated import MONTHS, Book, books, editions
from tests.health import at, judge, known, prove
from tests.scoring import (
    BILLABLE,
    BUILDS,
    DEPLOYING,
    DEPLOYMENTS,
    GIT,
    Inst,
    Row,
    Snap,
    Sub,
    account,
    judged,
    run,
    shipped,
)
from usage.card_rows import Card
from usage.lab.attribution import Attribution, attribute, points_at
from usage.lab.leaves import leaves, value_over
from usage.lab.moves import codes, name_of
from usage.scoring import Edition
from usage.scoring.edition import SEATS

EDITION, FORMER = shipped("2025"), shipped("2024")
TWO = [Sub(1, arr=3_000), Sub(2, arr=1_000)]
OF_BOTH = [Inst(1, 1), Inst(2, 2)]
CLOSE = 1e-9


def card(row: Row) -> Card:
    return Card(row.evidence, row.edition)


def moved(former: Row, later: Row, of: str = "health", **more: Any) -> Attribution:
    return attribute(card(former), card(later), of=of, **more)


def parts(found: Attribution) -> dict[str, float]:
    return {f"{part.kind} {part.code}": float(part.points) for part in found.parts}


def texts(found: Attribution) -> dict[str, str]:
    return {f"{part.kind} {part.code}": part.text for part in found.parts}


def test_a_measure_that_fell_has_its_weight_times_its_points() -> None:
    found = moved(
        judged(EDITION, {BILLABLE: 100, GIT: 50, DEPLOYMENTS: 740, DEPLOYING: 20}),
        judged(EDITION, {BILLABLE: 100, GIT: 50, DEPLOYMENTS: 110, DEPLOYING: 20}),
        of="cd",
    )
    assert (found.former, found.former_color) == (88, "Green")
    assert (found.later, found.later_color) == (56.5, "Yellow")
    assert parts(found) == {"measure cd.deployments_per_user": -31.5}
    assert texts(found) == {"measure cd.deployments_per_user": "7.4 → 1.1 (Green > 7 · Red < 2)"}
    assert found.total("measure") == Fraction(-63, 2)


def test_a_component_that_became_na_is_coverage_with_its_reason() -> None:
    found = moved(
        judged(EDITION, {BILLABLE: 100, GIT: 50, BUILDS: 0}, sub=Sub(seats=None)),
        judged(EDITION, {BILLABLE: 100, GIT: 50}, sub=Sub(seats=None)),
    )
    assert parts(found) == {
        "coverage ci": pytest.approx(23.625),
        "coverage weights": pytest.approx(7.875),
    }
    assert texts(found)["coverage ci"] == f"became NA: not reported: {BUILDS}"
    back = moved(
        judged(EDITION, {BILLABLE: 100, GIT: 50}, sub=Sub(seats=None)),
        judged(EDITION, {BILLABLE: 100, GIT: 50, BUILDS: 0}, sub=Sub(seats=None)),
    )
    assert texts(back)["coverage ci"] == f"known now, was NA: not reported: {BUILDS}"


def test_an_instance_that_went_silent_moves_a_value_as_coverage() -> None:
    both = [Snap(1, {BILLABLE: 100, GIT: 50}), Snap(2, {BILLABLE: 100, GIT: 0})]
    before = account(EDITION, TWO, OF_BOTH, [both[0], Snap(2, {BILLABLE: 100, GIT: 50})])
    silent = account(EDITION, TWO, OF_BOTH, [Snap(2, {BILLABLE: 100, GIT: 0})])
    found = moved(before, silent, of="scm")
    assert parts(found) == {"measure scm.git_operations": -63}
    alone = moved(account(EDITION, TWO, OF_BOTH, both), silent, of="scm")
    assert parts(alone) == {"coverage scm": -63}
    assert texts(alone) == {"coverage scm": "I1 does not count any more"}
    again = moved(silent, account(EDITION, TWO, OF_BOTH, both), of="scm")
    assert texts(again) == {"coverage scm": "I1 counts now"}


def test_nothing_known_in_both_months_is_all_coverage() -> None:
    found = moved(
        account(EDITION, TWO, OF_BOTH, [Snap(1, {BILLABLE: 100, GIT: 50})]),
        account(EDITION, TWO, OF_BOTH, [Snap(2, {BILLABLE: 100, GIT: 0})]),
        of="scm",
    )
    assert parts(found) == {"coverage scm": -63}


def test_a_measure_that_is_na_hands_its_weight_on() -> None:
    found = moved(
        judged(EDITION, {BILLABLE: 100, DEPLOYING: 20, DEPLOYMENTS: 0}),
        judged(EDITION, {BILLABLE: 100, DEPLOYING: 20}),
        of="cd",
    )
    assert texts(found)["coverage cd"] == "Deployments per user became NA"
    back = moved(
        judged(EDITION, {BILLABLE: 100, DEPLOYING: 20}),
        judged(EDITION, {BILLABLE: 100, DEPLOYING: 20, DEPLOYMENTS: 0}),
        of="cd",
    )
    assert texts(back)["coverage cd"] == "Deployments per user is known now"


def test_other_arr_moves_a_value_of_the_same_instances() -> None:
    snaps = [
        Snap(1, {BILLABLE: 100, DEPLOYING: 20}),
        Snap(2, {BILLABLE: 100, DEPLOYING: 0}),
    ]
    found = moved(
        account(EDITION, TWO, OF_BOTH, snaps),
        account(EDITION, [Sub(1, arr=1_000), Sub(2, arr=3_000)], OF_BOTH, snaps),
        of="cd",
    )
    assert parts(found) == {"coverage weights": pytest.approx(-31.5)}


def test_an_age_with_other_bounds_is_said_of_the_measure() -> None:
    usage = {BILLABLE: 60}
    found = moved(
        judged(EDITION, usage, sub=Sub(since=date(2026, 6, 1))),
        judged(EDITION, usage, sub=Sub(since=date(2025, 6, 1))),
        of="license_utilization",
    )
    (part,) = found.parts
    assert (part.kind, float(part.points)) == ("measure", -63)
    assert part.text.endswith("; other bounds hold at 16 months than at 4)")


def test_an_edition_alone_is_all_edition() -> None:
    usage = {BILLABLE: 100, GIT: 30, BUILDS: 100}
    by_former, by_later = judged(FORMER, usage), judged(EDITION, usage)
    found = moved(by_former, by_later, of="scm", crossed=(card(by_later), card(by_former)))
    assert found.parts == ()
    found = moved(by_former, by_later, crossed=(card(by_later), card(by_former)))
    (part,) = found.parts
    assert (part.kind, part.name) == ("edition", "2024 → 2025")
    assert "CI NA → Red 25" in part.text
    assert part.points == found.difference


def test_edition_and_data_are_parted_by_both_ways_to_go() -> None:
    low, high = {BILLABLE: 100, GIT: 5}, {BILLABLE: 100, GIT: 40}
    found = moved(
        judged(FORMER, low),
        judged(EDITION, high),
        of="scm",
        crossed=(card(judged(EDITION, low)), card(judged(FORMER, high))),
    )
    assert parts(found) == {"measure scm.git_operations": 50.5, "edition edition": 12.5}


def test_a_part_that_the_former_edition_has_not_is_na_before() -> None:
    less = edition(use_case("brewing"))
    more = edition(use_case("brewing"), use_case("baking"))
    usage = {"cups": 9, "guests": 3}
    found = moved(judged(less, usage), judged(more, usage), of="baking")
    assert (found.former, found.difference, found.parts) == (None, None, ())
    assert found.notes == ("NA before: edition tea does not have it",)
    with pytest.raises(KeyError):
        moved(judged(more, usage), judged(less, usage), of="baking")


def test_a_component_that_only_the_later_edition_has_is_the_editions() -> None:
    less = edition(use_case("brewing"))
    more = edition(use_case("brewing"), use_case("baking", measure(top=("cakes",))))
    usage = {"cups": 9, "guests": 3, "cakes": 0}
    by_less, by_more = judged(less, usage), judged(more, usage)
    found = moved(by_less, by_more, of="comfort", crossed=(card(by_more), card(by_less)))
    assert texts(found) == {"edition edition": ""}


def test_without_the_months_by_both_editions_the_difference_is_the_editions() -> None:
    usage = {BILLABLE: 100, GIT: 30}
    found = moved(judged(FORMER, usage), judged(EDITION, {**usage, GIT: 5}), of="scm")
    assert parts(found) == {"edition edition": -38}


def test_a_month_that_is_na_says_why_and_has_no_parts() -> None:
    found = moved(
        judged(EDITION, {BILLABLE: 100, GIT: 5}), judged(EDITION, {BILLABLE: 100}), of="scm"
    )
    assert (found.later_color, found.parts) == ("NA", ())
    assert found.notes == (f"NA now: not reported: {GIT}",)


USAGE = Snap(metrics={BILLABLE: 100, GIT: 50})


def sentiment(color: str) -> Row:
    heard = known(entries=[(1, at(10, 20), color, False)])
    return judge(heard, snaps=[USAGE])


def test_a_health_measure_has_its_part_and_an_override_is_said() -> None:
    found = moved(sentiment("green"), sentiment("red"))
    assert (found.former_color, found.later_color) == ("Yellow", "Red")
    part = found.parts[0]
    assert (part.code, part.text) == ("risk.sentiment", "Green → Red")
    assert found.notes == (f"{part.name} is Red, and makes the whole Red whatever the rest says",)
    back = moved(sentiment("red"), sentiment("green"))
    assert back.notes == (f"{part.name} made the whole Red before, and does not any more",)


def test_a_health_measure_that_is_na_is_coverage_of_its_group() -> None:
    found = moved(sentiment("green"), judge(known(), snaps=[USAGE]))
    assert texts(found)["coverage risk"] == "became NA: none of its measures is known"


def test_usage_that_is_carried_over_is_coverage() -> None:
    heard = known(
        entries=[(1, at(10, 20), "green", False)],
        as_of={date(2026, 9, 1): date(2026, 9, 30), date(2026, 10, 1): date(2026, 10, 15)},
    )
    own = judge(heard, snaps=[USAGE])
    carried = Row({"evidence": _carried(own)}, prove())
    for former, later, said in (
        (own, carried, "counts as of 2026-09: no usage yet in this month"),
        (carried, own, "counted as of 2026-09; has usage of its own now"),
    ):
        assert texts(moved(former, later))["coverage product"] == said


def _carried(row: Row) -> str:
    evidence = row.evidence
    evidence["composites"][-1][1:] = [25.0, "R"]
    evidence["carried"] = {"from": "2026-09", "scores": {"product": 25.0}}
    return json.dumps(evidence)


def test_names_are_of_all_that_has_a_score() -> None:
    assert name_of(prove(), "risk") == "Risk"
    assert name_of(prove(), "product") == "Product"
    assert name_of(prove(), "risk.sentiment") == "CSM sentiment"
    with pytest.raises(KeyError):
        name_of(EDITION, "tea")
    with pytest.raises(KeyError):
        name_of(EDITION, "tea.cups")


SEATED = edition(
    use_case(
        "brewing",
        measure(top=("cups",), bottom=(SEATS,)),
        measure("pots", top=("pots",), bottom=()),
        measure("rest", top=("cups",), bottom=("none",), zero_denominator_is_na=True),
        measure("zero", top=("cups",), bottom=("none",)),
        roll_up="sum",
    )
)


def test_seats_count_once_however_many_instances_a_subscription_has() -> None:
    insts = [Inst(1, 1), Inst(2, 1), Inst(3, 2)]
    usage = {"cups": 150, "pots": 1, "none": 0, "guests": 3}
    row = card(account(SEATED, TWO, insts, [Snap(n, usage) for n in (1, 2, 3)]))
    brewing = SEATED.use_case("brewing")
    found = [value_over(row, brewing, place, {"I1 ", "I2 "}) for place in range(4)]
    assert found == [3, 2, None, 0]
    assert [
        value_over(row, brewing, 0, each) for each in ({"I1 ", "I2 ", "I3 "}, {"I1 "}, set())
    ] == [
        2.25,
        1.5,
        None,
    ]


def test_one_uuid_under_two_hostnames_is_two_installations() -> None:
    snaps = [Snap(1, {BILLABLE: 100, DEPLOYING: 20}), Snap(2, {BILLABLE: 100, DEPLOYING: 0})]
    evidence = account(EDITION, TWO, OF_BOTH, snaps).evidence
    evidence["rows"][1] |= {"instance": "I1", "hostname": "clone.example"}
    found = leaves(Card(evidence, EDITION), "cd").values()
    assert [(leaf.instance, float(leaf.adds)) for leaf in found] == [
        ("I1 ", 66.0),
        ("I1 clone.example", 6.25),
    ]


def test_points_of_a_value_that_no_band_holds_are_not_known() -> None:
    row = judged(EDITION, {BILLABLE: 100}, sub=Sub(since=date(2026, 10, 1)))
    utilisation = EDITION.use_case("license_utilization").measures[0]
    assert points_at(card(row), utilisation, 0.5) is None


# --- Properties: any edition, any book of business -------------------------------------------------------


def rows(edition_: Edition, book: Book) -> dict[tuple[int, date], Row]:
    found = run(edition_, book.subs, book.insts, book.snaps, MONTHS).accounts
    return {(r["account_id"], r["period"]): Row(r, edition_) for r in found.iter_rows(named=True)}


@settings(max_examples=12)
@given(editions(), books(most_accounts=1))
def test_leaves_sum_to_the_score(edition_: Edition, book: Book) -> None:
    for row in rows(edition_, book).values():
        for code in codes(edition_):
            found = leaves(card(row), code).values()
            score = row.score(code)
            assert bool(found) == (score is not None)
            if score is not None:
                assert sum(leaf.weight for leaf in found) == 1
                assert float(sum(leaf.adds for leaf in found)) == pytest.approx(score, abs=CLOSE)


@settings(max_examples=12)
@given(editions(), books(most_accounts=1))
def test_parts_sum_to_the_difference_and_swap_their_sign(edition_: Edition, book: Book) -> None:
    found = rows(edition_, book)
    for (_, month), later in found.items():
        former = found.get((1, MONTHS[0]))
        if former is None or month == MONTHS[0]:
            continue
        for code in codes(edition_):
            there, back = moved(former, later, of=code), moved(later, former, of=code)
            if there.difference is None:
                assert there.parts == back.parts == ()
                continue
            if there.parts:
                assert sum(part.points for part in there.parts) == there.difference
            assert abs(there.difference - sum(p.points for p in there.parts)) < CLOSE
            assert parts(back) == pytest.approx(
                {key: -points for key, points in parts(there).items()}, abs=CLOSE
            )


@settings(max_examples=12)
@given(editions(), books(most_accounts=1))
def test_a_card_against_itself_has_no_parts(edition_: Edition, book: Book) -> None:
    for row in rows(edition_, book).values():
        for code in codes(edition_):
            assert moved(row, row, of=code).parts == ()


@settings(max_examples=12)
@given(editions(), books(most_accounts=1), st.sampled_from((10.0, 45.0)))
def test_two_editions_sum_too_and_alone_are_all_edition(
    edition_: Edition, book: Book, red: float
) -> None:
    other = replace(edition_, name="other", points=(red, 60.0, 90.0))
    one, two = rows(edition_, book), rows(other, book)
    for key, former in one.items():
        for later_key, later in two.items():
            crossed = (card(two[key]), card(one[later_key]))
            found = moved(former, later, of=edition_.overall, crossed=crossed)
            if found.difference is None:
                continue
            assert abs(found.difference - sum(p.points for p in found.parts)) < CLOSE
            if key == later_key:
                assert {part.kind for part in found.parts} <= {"edition"}
