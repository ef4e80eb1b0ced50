"""When a lower colour is a drop: hold, margin, episodes. All else about drops: test_scoring_drops."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.editions import bands, edition, measure, use_case
from tests.scoring import Snap, run
from usage.periods import months_between, shift
from usage.scoring.edition import Band, Edition, UseCase
from usage.scoring.settling import FOLLOWED_MONTHS
from usage.scoring.transitions import drops, longest_look_back, look_back_months
from usage.scoring.validation import faults

FIRST = date(2026, 1, 1)
RATES = {"G": 3.0, "Y": 1.5, "R": 0.5, "-": None}
COLORS = st.text("GYR-", min_size=1, max_size=12)
Rates = Sequence[float | None]
POINTS = {"Red": 20.0, "Yellow": 60.0, "Green": 90.0}
SCHEMA = {
    "account_id": pl.Int64, "period": pl.Date, "age": pl.Int32, "value:brewing.rate": pl.Float64,
    "score:brewing": pl.Float64,
}  # fmt: skip


def fallen(rates: Rates, part: UseCase, first: date | None = None) -> list[dict[str, Any]]:
    """Drops of an account whose rate is this from month to month, from the `first` judged one on."""
    rows = [
        {"account_id": 1, "period": shift(FIRST, month), "age": 9, "value:brewing.rate": rate,
         "score:brewing": points(rate, part)}
        for month, rate in enumerate(rates)
    ]  # fmt: skip
    found = drops(pl.DataFrame(rows, schema=SCHEMA), edition(part)).iter_rows(named=True)
    return [drop for drop in found if first is None or drop["period"] >= first]


def points(rate: float | None, part: UseCase) -> float | None:
    if rate is None:
        return None
    return next(POINTS[b.color] for b in part.measures[0].bands if holds(b, rate))


def holds(band: Band, rate: float) -> bool:
    low, high = band.lower, band.upper
    above = low is None or rate > low or (band.lower_closed and rate == low)
    return above and (high is None or rate < high or (band.upper_closed and rate == high))


def told(rates: Rates, **fields: Any) -> list[str]:
    """As "2 Green>Yellow": the month, from 0 on; "= 1" after it where it repeats the drop of month 1."""
    return [
        f"{months_between(FIRST, drop['period'])} {drop['from_color'][0]}>{drop['to_color'][0]}"
        + (f" = {months_between(FIRST, drop['repeats'])}" if drop["repeats"] else "")
        for drop in fallen(rates, use_case("brewing", **fields))
    ]


def rates(colors: str) -> list[float | None]:
    return [RATES[color] for color in colors]


@pytest.mark.parametrize(
    ("colors", "months", "changes"),
    [
        pytest.param("GY", 2, [], id="a colour that stood for one month is no drop yet"),
        pytest.param("GYY", 2, ["2 G>Y"], id="in the second month it is"),
        pytest.param("GYYY", 2, ["2 G>Y"], id="once"),
        pytest.param("GYGYGY", 2, [], id="to and fro is none"),
        pytest.param("GYR", 2, ["2 G>Y"], id="below Green for two months: Yellow is what held"),
        pytest.param("GYRR", 2, ["2 G>Y", "3 Y>R"], id="then Red holds too"),
        pytest.param("GRRR", 3, ["3 G>R"], id="three months"),
        pytest.param("GY-Y", 2, ["3 G>Y"], id="a gap of one month is looked across"),
        pytest.param("G-Y-Y", 2, ["4 G>Y"], id="two such gaps too"),
        pytest.param("GY--Y", 2, [], id="after two unknown months all begins anew"),
        pytest.param("GY--YY", 2, [], id="and Yellow is no fall then"),
        pytest.param("YY", 2, [], id="nothing before: no drop"),
    ],
)
def test_a_colour_that_has_to_hold(colors: str, months: int, changes: list[str]) -> None:
    assert told(rates(colors), hold_months=months) == changes


def test_a_held_drop_names_the_last_month_that_was_better() -> None:
    (drop,) = fallen(rates("GYY"), use_case("brewing", hold_months=2))
    assert (drop["from_period"], drop["from_value"], drop["to_value"]) == (FIRST, 3.0, 1.5)


@pytest.mark.parametrize(
    ("values", "changes"),
    [
        pytest.param([2.1, 1.9], [], id="just below the bound is within the margin"),
        pytest.param([2.1, 1.8], ["1 G>Y"], id="the margin itself is beyond a closed bound"),
        pytest.param([2.1, 1.9, 1.9, 1.7], ["3 G>Y"], id="a slow decline is a drop in the end"),
        pytest.param([2.1, 1.7, 1.9, 1.7], ["1 G>Y"], id="it is back above the bound alone"),
        pytest.param([2.1, 1.7, 2.1, 1.7], ["1 G>Y", "3 G>Y"], id="and falls again from there"),
        pytest.param([2.1, 0.9, 0.7], ["1 G>Y", "2 Y>R"], id="each bound has its margin"),
        pytest.param([2.1, 0.1], ["1 G>R"], id="far is far"),
        pytest.param([1.9, 1.5], [], id="Yellow from the first month on is no fall"),
        pytest.param([2.1, 1.9, None, None, 1.7], [], id="two unknown months make it forget"),
    ],
)
def test_a_margin_beyond_the_bounds(values: Rates, changes: list[str]) -> None:
    assert told(values, exit_margin=0.2) == changes


def test_a_margin_where_less_is_better() -> None:
    falling = (
        Band("Green", None, lower_closed=False, upper=1, upper_closed=True),
        Band("Red", 1, lower_closed=False, upper=None, upper_closed=False),
    )
    part = use_case("brewing", measure(bands=falling), exit_margin=0.2)
    assert fallen([1.0, 1.1], part) == []
    assert [drop["to_color"] for drop in fallen([1.0, 1.3], part)] == ["Red"]


def test_the_margin_of_a_component_with_several_measures_is_in_points() -> None:
    pair = [measure("rate"), measure("spoons", ["spoons"])]
    snaps = [
        Snap(1, {"guests": 1, "cups": 9, "spoons": 9}, FIRST),
        Snap(1, {"guests": 1, "cups": 1.5, "spoons": 9}, shift(FIRST, 1)),  # 75: Yellow
        Snap(1, {"guests": 1, "cups": 1.5, "spoons": 1.5}, shift(FIRST, 2)),  # 60
    ]
    periods = [snap.period for snap in snaps]

    def found(margin: float) -> list[date]:
        part = use_case("brewing", *pair, roll_up="score", exit_margin=margin)
        return list(run(edition(part), snaps=snaps, periods=periods).drops["period"])

    assert found(0.0) == [periods[1]]
    assert found(5.0) == [periods[2]]


@pytest.mark.parametrize(
    ("colors", "months", "changes"),
    [
        pytest.param("GYGY", 0, ["1 G>Y", "3 G>Y"], id="not asked for: every drop is news"),
        pytest.param("GYGY", 2, ["1 G>Y", "3 G>Y = 1"], id="one good month is no recovery"),
        pytest.param("GYGGY", 2, ["1 G>Y", "4 G>Y"], id="two are"),
        pytest.param("GYG-GY", 2, ["1 G>Y", "5 G>Y"], id="an unknown month between them too"),
        pytest.param("GYR", 2, ["1 G>Y", "2 Y>R"], id="a new low is news"),
        pytest.param("GYRYR", 2, ["1 G>Y", "2 Y>R", "4 Y>R = 2"], id="the same low again is not"),
        pytest.param("GYGR", 2, ["1 G>Y", "3 G>R"], id="deeper than before is news"),
        pytest.param("YRGY", 3, ["1 Y>R", "3 G>Y = 1"], id="a rise above where it fell from"),
        pytest.param("YRGY", 2, ["1 Y>R", "3 G>Y"], id="where it falls to counts as back too"),
        pytest.param("YRGGY", 2, ["1 Y>R", "4 G>Y"], id="which held is where it falls from anew"),
        pytest.param("YRYG-Y", 2, ["1 Y>R", "5 G>Y"], id="back where it fell from, and better"),
        pytest.param("GY--GY", 2, ["1 G>Y", "5 G>Y = 1"], id="unknown months end no episode"),
    ],
)
def test_an_episode(colors: str, months: int, changes: list[str]) -> None:
    assert told(rates(colors), recovery_months=months) == changes


def test_an_episode_is_followed_for_a_year() -> None:
    long = "GY" + "Y" * (FOLLOWED_MONTHS - 2) + "GY"
    assert told(rates(long), recovery_months=3)[-1] == f"{len(long) - 1} G>Y"
    assert told(rates(long.replace("Y", "", 1)), recovery_months=3)[-1].endswith("= 1")


def test_held_drops_make_episodes_too() -> None:
    assert told(rates("GYYGYY"), hold_months=2, recovery_months=3) == ["2 G>Y", "5 G>Y = 2"]
    assert told(rates("GYYGYY"), hold_months=2, recovery_months=2) == ["2 G>Y", "5 G>Y"]


SLOW = settings(max_examples=60)

# --- Properties ------------------------------------------------------------------------------------


@SLOW
@given(COLORS)
def test_what_asks_for_nothing_drops_as_ever(colors: str) -> None:
    """Against the rule in words, month by month: the newest known colour of the two months before."""
    rank = "RYG".index
    expected = []
    for month, color in enumerate(colors):
        known = [c for c in (colors[m] for m in (month - 1, month - 2) if m >= 0) if c != "-"]
        if color != "-" and known and rank(color) < rank(known[0]):
            expected.append(f"{month} {known[0]}>{color}")
    assert told(rates(colors)) == expected


@SLOW
@given(COLORS, st.integers(1, 5))
def test_who_must_hold_longer_never_drops_more_often(colors: str, months: int) -> None:
    series = rates(colors)
    sooner, later = (len(told(series, hold_months=hold)) for hold in (months, months + 1))
    assert later <= sooner


@SLOW
@given(COLORS, st.integers(1, 3), st.sampled_from([0.0, 0.3]), st.integers(0, 3))
def test_a_month_says_the_same_with_whichever_months_it_is_scored(
    colors: str, hold: int, margin: float, recovery: int
) -> None:
    series: list[float | None] = [*[None] * 4, *rates("GYGYGYYRG" + colors)]
    part = use_case("brewing", hold_months=hold, exit_margin=margin, recovery_months=recovery)
    look_back = look_back_months(edition(part))
    last = shift(FIRST, len(series) - 1)
    left_out: list[float | None] = [None] * max(len(series) - 1 - look_back, 0)
    alone = left_out + series[-1 - look_back :]
    assert fallen(series, part, last) == fallen(alone, part, last)


@SLOW
@given(st.lists(st.sampled_from([0.5, 0.9, 1.1, 1.5, 1.9, 2.1, 3.0, None]), max_size=12))
def test_what_stays_within_the_margin_never_drops(values: list[float | None]) -> None:
    """Beyond a bound by the margin at the most: from one band to the next one there is no way."""
    near = [value for value in values if value is None or value >= 1.9]
    assert told(near, exit_margin=0.2) == []


@SLOW
@given(COLORS, st.integers(1, 3))
def test_episodes_change_no_drop(colors: str, months: int) -> None:
    series = rates(colors)
    with_episodes = [drop.split(" = ")[0] for drop in told(series, recovery_months=months)]
    assert with_episodes == told(series)


# --- What it needs, and what it may be -------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "months"),
    [({}, 2), ({"hold_months": 3}, 6), ({"exit_margin": 0.1}, 12), ({"recovery_months": 1}, 12)],
)
def test_how_many_months_before_decide(fields: dict[str, Any], months: int) -> None:
    asked = edition(use_case("brewing", **fields), use_case("baking"))
    assert look_back_months(asked) == months
    assert longest_look_back([edition(), asked]) == months
    assert (longest_look_back([]), look_back_months(edition())) == (2, 2)


def test_an_account_without_known_months_drops_nothing() -> None:
    part = use_case("brewing", hold_months=2, exit_margin=0.1, recovery_months=2)
    scores = run(edition(part), snaps=[]).accounts
    assert len(drops(scores, edition(part))) == 0


def said(part: UseCase, **fields: Any) -> list[str]:
    made: Edition = edition(part, **fields)
    return faults(made, {"guests", "cups", "spoons"})


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"hold_months": 0}, "brewing: a lower colour must stand for 0 months; 1 to 6 can be asked for"),
        ({"hold_months": 7}, "brewing: a lower colour must stand for 7 months; 1 to 6 can be asked for"),
        ({"recovery_months": 13}, "brewing: it has recovered after 13 months; 0 to 12 can be asked for"),
        ({"exit_margin": -1.0}, "brewing: the exit margin -1 must be 0 or more"),
        ({"exit_margin": float("inf")}, "brewing: the exit margin inf must be 0 or more"),
        ({"exit_margin": 1.1}, "brewing: with the exit margin 1.1 no drop to Red can ever be"),
        ({"exit_margin": 51.0, "roll_up": "score"},
         "brewing: with the exit margin 51 no drop to Red can ever be"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_for_is_said(fields: dict[str, Any], fault: str) -> None:
    assert said(use_case("brewing", **fields)) == [fault]


@pytest.mark.parametrize(
    "part",
    [
        use_case("brewing", hold_months=6, exit_margin=1.0, recovery_months=12),
        use_case("brewing", measure(numerator=edition().use_cases[0].measures[0].numerator)),
        use_case("brewing", roll_up="score", exit_margin=50.0),
        use_case("brewing", measure(minimum_sample=10.0)),
    ],
)
def test_what_can_be_is_no_fault(part: UseCase) -> None:
    assert said(part) == []


def test_a_difference_may_be_below_0() -> None:
    term = edition().use_cases[0].measures[0].numerator
    less = measure(numerator=type(term)("difference", ("cups", "spoons")))
    assert said(use_case("brewing", less, exit_margin=9.0)) == []


def test_an_open_bound_at_the_margin_cannot_be_passed() -> None:
    open_red = (
        Band("Red", None, lower_closed=False, upper=1, upper_closed=False),
        Band("Green", 1, lower_closed=True, upper=None, upper_closed=False),
    )
    (fault,) = said(use_case("brewing", measure(bands=open_red), exit_margin=1.0))
    assert "no drop to Red" in fault


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"minimum_sample": 0.0}, "brewing.rate: the minimum sample 0 must be above 0"),
        ({"minimum_sample": 5.0, "denominator": None},
         "brewing.rate: a minimum sample is of a ratio's denominator, and it has none"),
    ],
)  # fmt: skip
def test_a_minimum_sample_that_cannot_be(fields: dict[str, Any], fault: str) -> None:
    assert said(use_case("brewing", measure(**fields))) == [fault]


# --- Editions that ask for nothing stay as they were -------------------------------------------------


def test_what_nobody_asks_for_is_not_part_of_the_digest() -> None:
    assert edition().digest == "7c260f6aae59a38f67c071464573ca47"
    for changed in (
        use_case("brewing", hold_months=2),
        use_case("brewing", exit_margin=0.1),
        use_case("brewing", recovery_months=1),
        use_case("brewing", measure(minimum_sample=3.0)),
    ):
        assert edition(changed).digest != edition().digest


# --- Minimum sample --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("guests", "color"),
    [
        pytest.param(10, "Green", id="as many as are asked for are enough"),
        pytest.param(9, "NA", id="fewer are NA"),
        pytest.param(0, "NA", id="none are NA too, and not 0"),
        pytest.param(None, "NA", id="unknown stays unknown"),
    ],
)
def test_a_ratio_over_a_small_denominator_is_na(guests: int | None, color: str) -> None:
    asked = edition(use_case("brewing", measure(bands=bands(1, 2), minimum_sample=10.0)))
    (row,) = run(asked, snaps=[Snap(1, {"guests": guests, "cups": 90})]).accounts.iter_rows(
        named=True
    )
    assert (asked.color_of(row["score:brewing"]) or "NA") == color
