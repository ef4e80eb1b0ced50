"""Score months of accounts and keep the cards and transitions: read, compute, write, a shard at a time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter

import polars as pl
from django.db import connection, transaction
from django.db.models import Count, F, Max, Min

from accounts.bulk import append_frame, merge_rows, update_rows
from accounts.models import Account
from usage import scoring
from usage.errors import NoEditionInForce
from usage.models import Edition, ScoreCard, Snapshot, Transition
from usage.periods import format_period, span
from usage.queries.publications import Calendar, calendar
from usage.scoring import frames
from usage.services import causes, editions, readings
from usage.services.card_rows import CARD_VALUES, card_rows, months_read
from usage.services.frames import among, frame

SHARD_SIZE = 5_000  # ids of accounts; what one transaction holds and one lock covers
MONTHS_AT_ONCE = 4  # of a shard in memory, besides those that they are judged against
LOCK_CLASS = 0x5C04E
TRANSITION_VALUES = (
    "from_color", "to_color", "from_period", "from_value", "to_value", "cause", "repeats",
)  # fmt: skip

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class ScoreCounts:
    """What a run did; `cards` = created + changed + unchanged."""

    accounts: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    transitions: int = 0

    @property
    def cards(self) -> int:
        return self.created + self.changed + self.unchanged

    def __add__(self, other: ScoreCounts) -> ScoreCounts:
        return ScoreCounts(*(getattr(self, f) + getattr(other, f) for f in self.__match_args__))


@dataclass(frozen=True)
class Stretch:
    """Months that one edition decides."""

    edition: Edition
    periods: tuple[date, ...]
    in_force: bool
    calendar: Calendar


@dataclass(frozen=True)
class ScoreRequest:
    """Which months to score, both ends included; by which edition (None: the one in force in each month)
    and for which accounts (None: all)."""

    first: date
    last: date
    edition_name: str | None = None
    account_ids: Collection[int] | None = None

    def stretches(self) -> list[Stretch]:
        """Raise EditionUnknown or NoEditionInForce."""
        return stretches(self.first, self.last, self.edition_name)


def stretches(first: date, last: date, edition_name: str | None = None) -> list[Stretch]:
    """The months by the edition that is in force in each, or all by the one that is named.

    Months in which no edition is in force are left out. Raise EditionUnknown, or NoEditionInForce where
    none is left.
    """
    months = calendar()
    named = editions.named(edition_name) if edition_name else None
    chosen = []
    for period in span(first, last):
        deciding = months.edition_of(period)
        edition_id = named.pk if named else deciding
        if edition_id is not None:
            chosen.append((edition_id, edition_id == deciding, period))
    if not chosen:
        raise NoEditionInForce(format_period(first))
    rows = Edition.objects.in_bulk({edition_id for edition_id, *_ in chosen})
    return [
        Stretch(rows[edition_id], tuple(period for *_, period in group), is_in_force, months)
        for (edition_id, is_in_force), group in groupby(chosen, key=itemgetter(0, 1))
    ]


@dataclass(frozen=True)
class Shard:
    """Accounts whose ids lie in one fixed range, so that two runs meet at the same locks.

    `account_ids` is the range itself where all of its accounts are meant; `size` is how many there are.
    """

    number: int
    account_ids: Collection[int]
    size: int


def shards(account_ids: Collection[int] | None = None) -> Iterator[Shard]:
    """All accounts, or some, shard by shard."""
    if account_ids is None:
        yield from _whole_shards()
        return
    for number, group in groupby(sorted(set(account_ids)), key=lambda pk: pk // SHARD_SIZE):
        ids = list(group)
        yield Shard(number, ids, len(ids))


def _whole_shards() -> Iterator[Shard]:
    number = F("pk") / SHARD_SIZE
    counts = Account.objects.order_by().values_list(number).annotate(Count("pk")).order_by(number)
    for position, size in counts:
        yield Shard(position, _ids_of(position), size)


def whole_shard(number: int) -> Shard:
    ids = _ids_of(number)
    return Shard(number, ids, Account.objects.filter(among(ids, "pk")).count())


def _ids_of(number: int) -> range:
    return range(number * SHARD_SIZE, (number + 1) * SHARD_SIZE)


def score(request: ScoreRequest, *, now: datetime, progress: Progress | None = None) -> ScoreCounts:
    """Make the cards of these months, and the transitions where the edition is in force.

    Safe to repeat, to run twice at once and to kill: a shard's rows are written in one transaction.
    Raises EditionUnknown, NoEditionInForce.
    """
    work = list(shards(request.account_ids))
    total = sum(shard.size for shard in work)
    counts, done = ScoreCounts(), 0
    scored = _scorer(request, now=now)
    for shard in work:
        counts += scored(shard)
        done += shard.size
        if progress is not None:
            progress(done, total)
    return counts


def score_one_shard(request: ScoreRequest, number: int, *, now: datetime) -> ScoreCounts:
    """Do the same for all accounts of one shard. Raises EditionUnknown, NoEditionInForce."""
    return _scorer(request, now=now)(whole_shard(number))


def _scorer(request: ScoreRequest, *, now: datetime) -> Callable[[Shard], ScoreCounts]:
    parts = request.stretches()
    frozen = {part.edition.pk: editions.frozen(part.edition) for part in parts}

    def scored(shard: Shard) -> ScoreCounts:
        pieces = _pieces(parts)
        counts = (score_shard(shard, part, frozen[part.edition.pk], now=now) for part in pieces)
        return sum(counts, ScoreCounts(accounts=shard.size))

    return scored


def _pieces(parts: Iterable[Stretch]) -> Iterator[Stretch]:
    """The same months, a few at once: memory does not grow with them."""
    for part in parts:
        for start in range(0, len(part.periods), MONTHS_AT_ONCE):
            yield replace(part, periods=part.periods[start : start + MONTHS_AT_ONCE])


@transaction.atomic
def score_shard(
    shard: Shard, stretch: Stretch, edition: scoring.Edition, *, now: datetime
) -> ScoreCounts:
    """Read, compute and write the accounts of one shard."""
    _lock(shard.number)
    wanted = stretch.periods
    periods = months_read(wanted, edition)
    data = readings.read(shard.account_ids, edition, periods, now=now)
    scores = scoring.score(data, edition, periods, explained=wanted)
    counts = _write_cards(shard, stretch, edition, scores.accounts, now=now)
    if not stretch.in_force:
        return counts
    drops = causes.with_causes(
        scores.drops,
        edition,
        stretch.calendar,
        account_ids=shard.account_ids,
        periods=wanted,
        now=now,
    )
    return counts + _write_transitions(shard, stretch, drops, now=now)


def hold(account_ids: Iterable[int]) -> None:
    """Let no scorer read or write accounts until the caller commits; take it before all other locks."""
    for shard in sorted({pk // SHARD_SIZE for pk in account_ids}):
        _lock(shard)


def _lock(shard: int) -> None:
    """One scorer at a time for a shard: what is written was computed from the newest readings.

    SQLite has one writer anyway.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_CLASS, shard])


def _write_cards(
    shard: Shard,
    stretch: Stretch,
    edition: scoring.Edition,
    cards: pl.DataFrame,
    *,
    now: datetime,
) -> ScoreCounts:
    """Insert new cards, update changed ones, remove those of months in which nothing counts any more.

    Nobody else writes them meanwhile: the shard is locked. An unchanged card is not sent at all.
    """
    made = card_rows(cards, edition)
    stored = _stored_cards(shard, stretch)
    known = made.join(stored, on=frames.KEY, how="inner")
    new = made.join(stored, on=frames.KEY, how="anti")
    changed = known.filter(pl.col("input_hash") != pl.col("stored_hash"))
    gone = stored.join(made, on=frames.KEY, how="anti")
    append_frame(
        ScoreCard,
        new.select(
            pl.col("account_id").alias("account"),
            "period",
            pl.lit(stretch.edition.pk).alias("edition"),
            *CARD_VALUES,
            pl.lit(now).alias("scored_at"),
        ),
    )
    if len(changed):
        columns = ("id", *CARD_VALUES, "scored_at")
        rows = changed.with_columns(scored_at=pl.lit(now)).select(columns)
        update_rows(ScoreCard, rows, columns=columns, key=("id",))
    if len(gone):
        ScoreCard.objects.filter(pk__in=gone["id"].to_list()).delete()
    return ScoreCounts(
        created=len(new),
        changed=len(changed),
        unchanged=len(known) - len(changed),
        removed=len(gone),
    )


def _stored_cards(shard: Shard, stretch: Stretch) -> pl.DataFrame:
    stored = ScoreCard.objects.filter(
        among(shard.account_ids, "account_id"),
        period__range=(stretch.periods[0], stretch.periods[-1]),
        edition=stretch.edition,
    ).order_by()
    return frame(
        stored.values_list("pk", *frames.KEY, "input_hash"),
        pl.Schema(
            {
                "id": pl.Int64(),
                "account_id": pl.Int64(),
                "period": pl.Date(),
                "stored_hash": pl.String(),
            }
        ),
    )


def _write_transitions(
    shard: Shard, stretch: Stretch, drops: pl.DataFrame, *, now: datetime
) -> ScoreCounts:
    """Store the drops; forget those that a correction of the data, or another edition, has undone."""
    wanted = {(row[0], row[1], row[2]): row for row in _drop_rows(drops)}
    stored = Transition.objects.filter(
        among(shard.account_ids, "account_id"), period__in=stretch.periods
    )
    undone = [
        pk
        for pk, edition_id, *key in stored.values_list(
            "pk", "edition_id", "account_id", "period", "component"
        )
        if edition_id != stretch.edition.pk or tuple(key) not in wanted
    ]
    if undone:
        Transition.objects.filter(pk__in=undone).delete()
    if not wanted:
        return ScoreCounts()
    merge_rows(
        Transition,
        ((*row, stretch.edition.pk, now) for row in wanted.values()),
        columns=("account", "period", "component", *TRANSITION_VALUES, "edition", "detected_at"),
        key=("account", "period", "component", "edition"),
        update=TRANSITION_VALUES,
    )
    return ScoreCounts(transitions=len(wanted))


def _drop_rows(drops: pl.DataFrame) -> Iterator[tuple[object, ...]]:
    return drops.select(*frames.KEY, "component", *TRANSITION_VALUES).iter_rows()


def reported_periods() -> tuple[date, date] | None:
    """First and last month of all snapshots, or None without any."""
    ends = Snapshot.objects.aggregate(first=Min("period"), last=Max("period"))
    return (ends["first"], ends["last"]) if ends["first"] else None
