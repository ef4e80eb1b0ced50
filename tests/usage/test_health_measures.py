"""The measures of customer health: what each source says as of a month's last day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from tests.health import LAST_DAY, NO_USAGE, at, cells_of, judge, known, letter, prove
from tests.scoring import OCTOBER, Snap
from usage.scoring.edition import Composite, Edition
from usage.scoring.scorecard import HealthBand, HealthGroup, HealthMeasure, Scorecard

PLAN = (7, at(1, 1), at(1, 2), None, True)
OBJECTIVE = (7, at(1, 3), None)


def entry(
    day: int, sentiment: str = "", *, month: int = 10, number: int = 1, engages: bool = False
):
    return (number, at(month, day), sentiment, engages)


# --- sentiment ------------------------------------------------------------------------------------
@pytest.mark.parametrize(("sentiment", "wanted"), [("red", "R"), ("yellow", "Y"), ("green", "G")])
def test_sentiment_has_the_colour_that_was_set(sentiment: str, wanted: str) -> None:
    assert letter(known(entries=[entry(1, sentiment)]), "sentiment") == wanted


def test_the_newest_sentiment_holds() -> None:
    heard = known(entries=[entry(20, "green", number=2), entry(3, "red")])
    assert letter(heard, "sentiment") == "G"


def test_of_two_at_the_same_moment_the_later_one_holds() -> None:
    heard = known(entries=[entry(3, "green", number=2), entry(3, "red", number=1)])
    assert letter(heard, "sentiment") == "G"


def test_an_entry_without_a_sentiment_changes_none() -> None:
    heard = known(entries=[entry(3, "red"), entry(20, "", number=2, engages=True)])
    assert letter(heard, "sentiment") == "R"


def test_a_sentiment_of_a_later_month_does_not_rewrite_this_one() -> None:
    heard = known(entries=[entry(3, "green"), entry(1, "red", month=11, number=2)])
    assert letter(heard, "sentiment") == "G"


@pytest.mark.parametrize(
    ("day", "why"),
    [
        pytest.param(date(2026, 8, 2), "", id="90 days: not old yet"),
        pytest.param(date(2026, 8, 1), "f", id="91 days: marked as old"),
        pytest.param(date(2026, 7, 3), "f", id="120 days: still known"),
        pytest.param(date(2026, 7, 2), "s", id="121 days: NA"),
    ],
)
def test_sentiment_grows_old(day: date, why: str) -> None:
    heard = known(entries=[entry(day.day, "green", month=day.month)])
    number, color, on, ref, reason = cells_of(judge(heard), "sentiment")
    assert (reason, on, ref) == (why, day.isoformat(), 1)
    assert (number, color) == ((None, "N") if why == "s" else (2, "G"))


# --- success plan ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("plans", "objectives", "wanted"),
    [
        pytest.param([PLAN], [OBJECTIVE], "G", id="active, with an objective, written out"),
        pytest.param([(*PLAN[:4], False)], [OBJECTIVE], "Y", id="active, not written out"),
        pytest.param([(7, at(1, 1), None, None, True)], [OBJECTIVE], "Y", id="a draft"),
        pytest.param([PLAN], [], "R", id="without an objective"),
        pytest.param([PLAN], [(7, at(1, 3), at(2, 1))], "R", id="its objective was dropped"),
        pytest.param([], [], "R", id="no plan at all"),
        pytest.param([(*PLAN[:3], at(9, 1), True)], [OBJECTIVE], "R", id="closed before"),
        pytest.param([(*PLAN[:3], at(11, 1), True)], [OBJECTIVE], "G", id="closed later"),
        pytest.param(
            [(7, at(1, 1), at(11, 2), None, True)], [OBJECTIVE], "Y", id="active only later"
        ),
    ],
)
def test_a_success_plan_is_judged_as_it_was_then(plans, objectives, wanted: str) -> None:
    assert letter(known(plans=plans, objectives=objectives), "success_plan") == wanted


def test_the_best_of_several_plans_counts() -> None:
    draft = (8, at(5, 1), None, None, False)
    heard = known(plans=[PLAN, draft], objectives=[OBJECTIVE])
    assert cells_of(judge(heard), "success_plan")[3] == 7


def test_who_records_no_plans_at_all_is_not_blamed() -> None:
    number, color, *_, why = cells_of(judge(known(recorded_since={})), "success_plan")
    assert (number, color, why) == (None, "N", "n")


def test_months_before_plans_were_recorded_are_not_blamed() -> None:
    heard = known(recorded_since={"success_plan": date(2026, 11, 1)})
    assert cells_of(judge(heard), "success_plan")[4] == "n"


# --- voice of the customer --------------------------------------------------------------------------
def cases(count: int, *, month: int = 10, day: int = 20, urgent: bool = False, closed=None):
    return [(n, at(month, day), closed, urgent) for n in range(count)]


@pytest.mark.parametrize(("count", "wanted"), [(1, "G"), (5, "G"), (6, "Y"), (15, "Y"), (16, "R")])
def test_support_volume_is_of_the_month(count: int, wanted: str) -> None:
    heard = known(cases=[*cases(count), *cases(30, month=9, day=30)])
    assert letter(heard, "support_volume") == wanted


def test_no_case_is_not_known_rather_than_green() -> None:
    assert letter(known(cases=cases(3, month=9, day=1)), "support_volume") == "N"


def test_the_running_month_counts_the_cases_of_the_month_up_to_today() -> None:
    heard = known(
        as_of={OCTOBER: date(2026, 10, 5)},
        cases=[*cases(4, month=9, day=6), *cases(2, month=10, day=5), *cases(9, month=9, day=5)],
    )
    assert cells_of(judge(heard), "support_volume")[0] == 6


@pytest.mark.parametrize(
    ("rows", "wanted"),
    [
        pytest.param(cases(1, urgent=True), "R", id="open"),
        pytest.param(cases(1, month=1, urgent=True), "R", id="open, for long"),
        pytest.param(cases(1, urgent=True, closed=at(10, 24)), "Y", id="closed 7 days ago"),
        pytest.param(cases(1, urgent=True, closed=at(10, 23)), "G", id="closed 8 days ago"),
        pytest.param(cases(1, urgent=True, closed=at(11, 2)), "R", id="closed later: it was open"),
        pytest.param(cases(1), "G", id="others only"),
        pytest.param(cases(1, month=5, closed=at(10, 9)), "G", id="another one closed lately"),
        pytest.param(cases(1, month=5, closed=at(6, 9)), "N", id="nothing for 30 days"),
    ],
)
def test_urgent_cases_are_judged_as_they_stood_then(rows, wanted: str) -> None:
    assert letter(known(cases=rows), "urgent_cases") == wanted


def test_nps_is_promoters_less_detractors() -> None:
    scores = [("nps", 10.0, at(9, 1)), ("nps", 9.0, at(9, 1)), ("nps", 7.0, at(9, 1))]
    heard = known(answers=[*scores, ("nps", 6.0, at(9, 1)), ("nps", 0.0, at(1, 1, year=2025))])
    assert cells_of(judge(heard), "nps")[:2] == [25, "Y"]


def test_csat_is_the_mean_of_its_days() -> None:
    heard = known(
        answers=[("csat", 5.0, at(9, 1)), ("csat", 4.0, at(9, 2)), ("nps", 0.0, at(9, 2))]
    )
    assert cells_of(judge(heard), "csat")[:2] == [4.5, "G"]


# --- engagement -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("priority", "day", "wanted"),
    [
        pytest.param(1, date(2026, 9, 26), "G", id="priority 1, 35 days"),
        pytest.param(1, date(2026, 9, 25), "Y", id="priority 1, 36 days"),
        pytest.param(1, date(2026, 9, 1), "Y", id="priority 1, 60 days"),
        pytest.param(1, date(2026, 8, 31), "R", id="priority 1, 61 days"),
        pytest.param(2, date(2026, 8, 27), "G", id="priority 2, 65 days"),
        pytest.param(2, date(2026, 8, 26), "Y", id="priority 2, 66 days"),
        pytest.param(2, date(2026, 8, 2), "Y", id="priority 2, 90 days"),
        pytest.param(2, date(2026, 8, 1), "R", id="priority 2, 91 days"),
    ],
)
def test_meetings_are_due_by_priority(priority: int, day: date, wanted: str) -> None:
    heard = known(priority=priority, entries=[entry(day.day, month=day.month, engages=True)])
    assert letter(heard, "meeting_cadence") == wanted


def test_an_e_mail_is_no_meeting() -> None:
    heard = known(entries=[entry(1, month=3, engages=True), entry(30, number=2)])
    assert letter(heard, "meeting_cadence") == "R"


def test_who_never_met_is_as_late_as_they_are_a_customer() -> None:
    assert cells_of(judge(known(since=date(2026, 9, 1))), "meeting_cadence")[:2] == [60, "Y"]


def test_who_never_met_for_years_is_red_and_no_number_grows_without_end() -> None:
    assert cells_of(judge(known()), "meeting_cadence")[:2] == [400, "R"]


@pytest.mark.parametrize(
    ("seen", "wanted"),
    [
        pytest.param(["development_lead", "security_lead"], "G", id="both"),
        pytest.param(["security_lead", "security_lead"], "Y", id="one, twice"),
        pytest.param(["end_user"], "R", id="neither"),
    ],
)
def test_personas_are_counted_once(seen: list[str], wanted: str) -> None:
    assert letter(known(personas=[(at(9, 9), name) for name in seen]), "personas") == wanted


def test_who_took_part_more_than_three_months_ago_counts_no_more() -> None:
    seen = [(at(7, 31), "development_lead"), (at(8, 1), "security_lead")]
    assert cells_of(judge(known(personas=seen)), "personas")[0] == 1


# --- by hand ----------------------------------------------------------------------------------------
def by_hand(**fields) -> Edition:
    """The shipped edition with one group of a measure that is set by hand."""
    bands = (
        HealthBand("Red", None, lower_closed=False, upper=0, upper_closed=True),
        HealthBand("Yellow", 0, lower_closed=False, upper=1, upper_closed=True),
        HealthBand("Green", 1, lower_closed=False, upper=None, upper_closed=False),
    )
    measure = HealthMeasure("sponsor", "Executive sponsor", "manual", bands, **fields)
    card = Scorecard((HealthGroup("risk", "Risk", (measure,)),))
    overall = Composite("health", (("product", 50), ("risk", 25)))
    return replace(prove(), scorecard=card, composites=(prove().composites[0], overall))


def test_what_is_set_by_hand_holds_until_it_is_set_anew() -> None:
    heard = known(manual=[(1, "sponsor", "Red", at(2, 1)), (2, "sponsor", "Green", at(9, 1))])
    row = judge(heard, by_hand())
    assert (cells_of(row, "sponsor")[:2], row.color("risk")) == ([2, "G"], "Green")


def test_what_was_taken_back_is_not_known() -> None:
    heard = known(manual=[(1, "sponsor", "Red", at(2, 1)), (2, "sponsor", "", at(9, 1))])
    assert cells_of(judge(heard, by_hand()), "sponsor")[4] == "u"


def test_another_measures_judgement_is_no_ones_else() -> None:
    heard = known(manual=[(1, "other", "Red", at(2, 1))])
    assert cells_of(judge(heard, by_hand()), "sponsor")[1] == "N"


# --- whom it is for ---------------------------------------------------------------------------------
def test_a_measure_can_leave_segments_out_in_any_case() -> None:
    heard = known(segment="SCALE", plans=[PLAN], objectives=[OBJECTIVE])
    assert cells_of(judge(heard), "success_plan")[4] == "l"


@pytest.mark.parametrize(("segment", "why"), [("enterprise", ""), ("Mid-Market", "l")])
def test_a_measure_can_be_limited_to_segments(segment: str, why: str) -> None:
    heard = known(segment=segment, manual=[(1, "sponsor", "Red", at(2, 1))])
    assert cells_of(judge(heard, by_hand(segments=("Enterprise",))), "sponsor")[4] == why


@pytest.mark.parametrize(
    ("since", "why"),
    [
        pytest.param(date(2026, 10, 2), "d", id="29 days"),
        pytest.param(date(2026, 10, 1), "", id="30 days"),
    ],
)
def test_in_the_first_thirty_days_only_sentiment_counts(since: date, why: str) -> None:
    heard = known(
        since=since,
        entries=[entry(20, "green"), entry(20, number=2, engages=True)],
        plans=[(7, at(10, 3), at(10, 3), None, True)],
        objectives=[(7, at(10, 3), None)],
    )
    row = judge(heard, since=since, snaps=[Snap()])
    assert cells_of(row, "sentiment")[1] == "G"
    assert cells_of(row, "success_plan")[4] == why
    assert row.evidence["young"] == (why == "d")


def test_in_the_first_days_usage_does_not_count_for_health() -> None:
    usage = [
        Snap(
            metrics={
                "license_billable_users": 10,
                "counts.count_total_create_ci_build_monthly": 9_999,
            }
        )
    ]
    since = date(2026, 10, 20)
    row = judge(known(since=since, entries=[entry(25, "yellow")]), since=since, snaps=usage)
    assert row.score("product") == 88
    assert row.score("health") == 63


def test_without_signals_all_groups_are_not_known() -> None:
    row = judge(None, snaps=NO_USAGE)
    assert [row.color(code) for code in ("risk", "outcomes", "voice", "engagement", "health")] == [
        "NA"
    ] * 5
    assert row.evidence["overridden"] is False


def test_the_day_that_a_month_is_judged_as_of_may_be_today() -> None:
    heard = known(
        as_of={OCTOBER: date(2026, 10, 9)}, entries=[entry(10, "red"), entry(9, "green", number=2)]
    )
    assert letter(heard, "sentiment") == "G"
    assert LAST_DAY.day == 31
