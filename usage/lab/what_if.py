"""What another edition would change: two sets of verdicts compared, nothing read and nothing written.

A verdict is an account's colours in one month by one edition. Columns: account_id, period, for each part
`color:CODE` (null is NA), `use_cases_adopted`, `reach` (a digit per component: its maturity level, used
whether bought or not; - where it is NA). The parts are the components and OVERALL.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from usage.periods import shift
from usage.scoring import expressions as ex
from usage.scoring import frames
from usage.scoring.edition import COLORS, Edition
from usage.scoring.evidence import levels, overall_color
from usage.scoring.settling import Walk
from usage.scoring.transitions import lenient, look_back_months, named_falls, rank

NA = "NA"
STATES = ("Green", "Yellow", "Red", NA)  # best first, as tables list them
RANK = {color: rank for rank, color in enumerate(COLORS)}
OVERALL = "overall"
OVERALL_NAME = "Overall"
COLOR = pl.Enum(COLORS)
ADOPTED = "use_cases_adopted"
MINIMUM = "0"  # position of the lowest maturity level; NA, a -, sorts before it


def color_column(part: str) -> str:
    return f"color:{part}"


def lenient_column(component: str) -> str:
    """The rank with the exit margin granted, of components that have one."""
    return f"lenient:{component}"


def verdicts(accounts: pl.DataFrame, edition: Edition) -> pl.DataFrame:
    """The verdicts of account scores, in the order of accounts and months."""
    colors = {
        use_case.code: ex.color(edition, pl.col(frames.score(use_case.code)))
        for use_case in edition.use_cases
    }
    return accounts.select(
        *frames.KEY,
        *(
            color.cast(COLOR).alias(color_column(part))
            for part, color in {**colors, OVERALL: overall_color(edition)}.items()
        ),
        *(
            lenient(use_case, edition).alias(lenient_column(use_case.code))
            for use_case in edition.use_cases
            if use_case.exit_margin
        ),
        ADOPTED,
        reach=levels(edition, frames.reach),
    )


def nothing_judged(edition: Edition) -> pl.DataFrame:
    """Verdicts of no account."""
    colors = [use_case.code for use_case in edition.use_cases] + [OVERALL]
    return pl.DataFrame(
        schema={
            "account_id": pl.Int64,
            "period": pl.Date,
            **{color_column(part): COLOR for part in colors},
            **{
                lenient_column(use_case.code): pl.Int8
                for use_case in edition.use_cases
                if use_case.exit_margin
            },
            ADOPTED: pl.Int32,
            "reach": pl.String,
        }
    )


def drops(judged: pl.DataFrame, edition: Edition, period: date) -> pl.DataFrame:
    """The drops of a month, as scoring finds them, without values: it needs the months before it."""
    since = shift(period, -look_back_months(edition))
    lately = judged.filter(pl.col("period").is_between(since, period))
    parts = []
    for use_case in edition.use_cases:
        shown = rank(pl.col(color_column(use_case.code)).cast(pl.String))
        known = lately.select(
            *frames.KEY,
            rank=shown,
            lenient=pl.col(lenient_column(use_case.code)) if use_case.exit_margin else shown,
            value=pl.lit(None, dtype=pl.Float64),
        ).filter(pl.col("rank").is_not_null())
        parts.append(named_falls(Walk(known, use_case).falls([period]), use_case))
    return pl.concat(parts).sort("account_id", "component")


@dataclass(frozen=True)
class Part:
    """A component, or the whole: what one matrix is about."""

    code: str
    name: str


def parts(base: Sequence[Edition], draft: Edition) -> tuple[Part, ...]:
    """The components of all editions, the draft's first, and the whole at the end."""
    names: dict[str, str] = {}
    for edition in (draft, *base):
        for use_case in edition.use_cases:
            names.setdefault(use_case.code, use_case.name)
    return (*(Part(code, name) for code, name in names.items()), Part(OVERALL, OVERALL_NAME))


SAME, WORSE, BETTER, LOST, GAINED = "same", "worse", "better", "lost", "gained"


def direction(before: str, after: str) -> str:
    """Which way a state goes: NA is neither better nor worse, it is lost or gained."""
    if before == after:
        return SAME
    if after == NA:
        return LOST
    if before == NA:
        return GAINED
    return WORSE if RANK[before] > RANK[after] else BETTER


@dataclass(frozen=True)
class Cell:
    count: int
    direction: str


@dataclass(frozen=True)
class Matrix:
    """How many account months went from one state to another in a part; a state is a colour or NA."""

    part: Part
    counts: Mapping[tuple[str, str], int]

    def count(self, before: str, after: str) -> int:
        return self.counts.get((before, after), 0)

    @property
    def rows(self) -> list[tuple[str, list[Cell]]]:
        """As a table: states before down, states after across."""
        return [(before, [self._cell(before, after) for after in STATES]) for before in STATES]

    def _cell(self, before: str, after: str) -> Cell:
        return Cell(self.count(before, after), direction(before, after))

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def moved(self) -> int:
        return self.total - self.going(SAME)

    def going(self, way: str) -> int:
        """Account months that go this way."""
        return sum(n for states, n in self.counts.items() if direction(*states) == way)


@dataclass(frozen=True)
class Shift:
    """How many accounts are in a state before and after."""

    state: str
    before: int
    after: int

    @property
    def change(self) -> int:
        return self.after - self.before


@dataclass(frozen=True)
class SegmentShift:
    """Of the accounts of a segment in the newest month: states of the whole, and how many move."""

    segment: str
    accounts: int
    moved: int
    health: tuple[Shift, ...]


def paired(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Both verdicts of each account month that both have; columns of the first end in :before."""
    earlier = before.rename(
        {name: f"{name}:before" for name in before.columns if name not in frames.KEY}
    )
    if before.select(frames.KEY).equals(after.select(frames.KEY)):
        return pl.concat([after, earlier.drop(frames.KEY)], how="horizontal")
    return after.join(earlier, on=frames.KEY, how="inner", maintain_order="left")


def _state(pairs: pl.DataFrame, part: str, ending: str = "") -> pl.Expr:
    """The colour of a part, or null for NA, which it is as well where an edition does not have it."""
    column = color_column(part) + ending
    return pl.col(column) if column in pairs.columns else pl.lit(None, dtype=COLOR)


def matrices(pairs: pl.DataFrame, of: Sequence[Part]) -> tuple[Matrix, ...]:
    """One for each part; each sums to the account months."""
    return tuple(Matrix(part, _counts(pairs, part.code)) for part in of)


def _counts(pairs: pl.DataFrame, part: str) -> dict[tuple[str, str], int]:
    states = pairs.select(before=_state(pairs, part, ":before"), after=_state(pairs, part))
    if states["before"].equals(states["after"], null_equal=True):  # most parts of most drafts
        counts = states.group_by("after").len()
        return {(state or NA, state or NA): count for state, count in counts.iter_rows()}
    counts = states.group_by("before", "after").len()
    return {(before or NA, after or NA): count for before, after, count in counts.iter_rows()}


def moves(pairs: pl.DataFrame, of: Sequence[Part]) -> pl.DataFrame:
    """The newest move of each account and part: account_id, part, period, before, after, months.

    `before` and `after` are states in words; `months` is in how many months they differ.
    """
    found = []
    for part in of:
        before, after = _state(pairs, part.code, ":before"), _state(pairs, part.code)
        states = pairs.filter(before.ne_missing(after)).select(
            *frames.KEY,
            part=pl.lit(part.code),
            before=before.cast(pl.String).fill_null(NA),
            after=after.cast(pl.String).fill_null(NA),
        )
        found.append(states)
    return (
        pl.concat(found)
        .sort("account_id", "part", "period")
        .group_by("account_id", "part", maintain_order=True)
        .agg(
            pl.col("period").last(),
            pl.col("before").last(),
            pl.col("after").last(),
            months=pl.len().cast(pl.Int64),
        )
    )


def health(newest: pl.DataFrame) -> tuple[Shift, ...]:
    """States of the whole in one month."""
    counts = _counts(newest, OVERALL)
    return tuple(
        Shift(
            state,
            sum(n for (before, _), n in counts.items() if before == state),
            sum(n for (_, after), n in counts.items() if after == state),
        )
        for state in STATES
    )


def adoption(newest: pl.DataFrame) -> tuple[Shift, ...]:
    """How many use cases are adopted in one month, from none; NA at the end."""
    before, after = _adopted(newest, f"{ADOPTED}:before"), _adopted(newest, ADOPTED)
    most = max((count for count in (*before, *after) if count is not None), default=0)
    steps: list[int | None] = [*range(most + 1), None]
    return tuple(
        Shift(NA if step is None else str(step), before.get(step, 0), after.get(step, 0))
        for step in steps
    )


def _adopted(newest: pl.DataFrame, column: str) -> dict[int | None, int]:
    return dict(newest.group_by(column).len().iter_rows())


def by_segment(
    newest: pl.DataFrame, segments: pl.DataFrame, of: Sequence[Part]
) -> Iterator[SegmentShift]:
    """The same by segment, in their order; `segments` has account_id and segment."""
    joined = newest.join(segments, on="account_id", how="inner")
    movers = moves(newest, of).select("account_id").unique()
    for (segment,), rows in joined.sort("segment").group_by("segment", maintain_order=True):
        yield SegmentShift(
            str(segment),
            len(rows),
            len(rows.join(movers, on="account_id", how="semi")),
            health(rows),
        )


def rising(judged: pl.DataFrame, edition: Edition, period: date) -> pl.DataFrame:
    """Accounts that are above minimum in a component in this month and were not in any before it.

    Columns: account_id, reach, earlier: the reach of each earlier month.
    """
    newest = judged.filter(pl.col("period") == period).select("account_id", "reach")
    before = judged.filter(pl.col("period") < period).select("account_id", "reach")
    places = range(len(edition.use_cases))
    highest = before.group_by("account_id").agg(
        pl.col("reach").str.slice(place, 1).max().alias(f"{place}") for place in places
    )
    rose = pl.any_horizontal(
        (pl.col("reach").str.slice(place, 1) > MINIMUM)
        & (pl.col(f"{place}").fill_null(MINIMUM) <= MINIMUM)
        for place in places
    )
    rising = newest.join(highest, on="account_id", how="left").filter(rose)
    earlier = before.group_by("account_id").agg(earlier=pl.col("reach"))
    return (
        rising.select("account_id", "reach")
        .join(earlier, on="account_id", how="left")
        .with_columns(pl.col("earlier").fill_null([]))
        .sort("account_id")
    )
