"""Score months of accounts and keep the cards and transitions: read, compute, write, a shard at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter

import polars as pl
from django.db import connection, transaction
from django.db.models import Max, Min

from accounts.bulk import JSONText, merge_rows
from accounts.models import Account
from usage import scoring
from usage.errors import NoEditionInForce
from usage.models import Edition, ScoreCard, Snapshot, Transition
from usage.periods import format_period, shift, span
from usage.queries.cards import edition_for, forces
from usage.scoring import frames
from usage.scoring.transitions import LOOK_BACK_MONTHS
from usage.services import editions, readings

SHARD_SIZE = 2_000  # accounts by id; what one transaction holds and one lock covers
LOCK_CLASS = 0x5C04E
UPDATED_COLUMNS = (
    "score", "color", "component_colors", "component_levels", "component_reach",
    "use_cases_adopted",
    "newest_recorded_at", "reporting_arr_share", "evidence", "input_hash", "scored_at",
)  # fmt: skip
TRANSITION_VALUES = ("from_color", "to_color", "from_period", "from_value", "to_value")

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
    ranges = forces()
    named = editions.named(edition_name) if edition_name else None
    chosen = []
    for period in span(first, last):
        deciding = edition_for(period, ranges)
        edition_id = named.pk if named else deciding
        if edition_id is not None:
            chosen.append((edition_id, edition_id == deciding, period))
    if not chosen:
        raise NoEditionInForce(format_period(first))
    rows = Edition.objects.in_bulk({edition_id for edition_id, *_ in chosen})
    return [
        Stretch(rows[edition_id], tuple(period for *_, period in group), is_in_force)
        for (edition_id, is_in_force), group in groupby(chosen, key=itemgetter(0, 1))
    ]


def shards(account_ids: Collection[int] | None = None) -> Iterator[list[int]]:
    """Account ids by fixed ranges of ids, so that two runs meet at the same locks."""
    if account_ids is None:
        ids = Account.objects.order_by("pk").values_list("pk", flat=True).iterator()
    else:
        ids = iter(sorted(set(account_ids)))
    for _, group in groupby(ids, key=lambda pk: pk // SHARD_SIZE):
        yield list(group)


def score(request: ScoreRequest, *, now: datetime, progress: Progress | None = None) -> ScoreCounts:
    """Make the cards of these months, and the transitions where the edition is in force.

    Safe to repeat, to run twice at once and to kill: a shard's rows are written in one transaction.
    Raises EditionUnknown, NoEditionInForce.
    """
    parts = request.stretches()
    work = list(shards(request.account_ids))
    total = sum(map(len, work))
    counts, done = ScoreCounts(accounts=total), 0
    frozen = {part.edition.pk: editions.frozen(part.edition) for part in parts}
    for ids in work:
        for part in parts:
            counts += score_shard(ids, part, frozen[part.edition.pk], now=now)
        done += len(ids)
        if progress is not None:
            progress(done, total)
    return counts


@transaction.atomic
def score_shard(
    account_ids: Sequence[int], stretch: Stretch, edition: scoring.Edition, *, now: datetime
) -> ScoreCounts:
    """Read, compute and write the accounts of one shard; all of them lie in one range of ids."""
    _lock(account_ids[0] // SHARD_SIZE)
    wanted = stretch.periods
    periods = span(shift(wanted[0], -LOOK_BACK_MONTHS), wanted[-1])
    scores = scoring.score(readings.read(account_ids, edition, periods), edition, periods)
    cards = scores.accounts.filter(pl.col("period").is_in(wanted))
    counts = _write_cards(account_ids, stretch, edition, cards, now=now)
    if not stretch.in_force:
        return counts
    drops = scores.drops.filter(pl.col("period").is_in(wanted))
    return counts + _write_transitions(account_ids, stretch, drops, now=now)


def _lock(shard: int) -> None:
    """One scorer at a time for a shard: what is written was computed from the newest readings.

    SQLite has one writer anyway.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_CLASS, shard])


def _write_cards(
    account_ids: Sequence[int],
    stretch: Stretch,
    edition: scoring.Edition,
    cards: pl.DataFrame,
    *,
    now: datetime,
) -> ScoreCounts:
    columns = ("account", "period", "edition", *UPDATED_COLUMNS)
    merged = merge_rows(
        ScoreCard,
        _card_rows(cards, stretch.edition.pk, edition, now),
        columns=columns,
        key=("account", "period", "edition"),
        update=UPDATED_COLUMNS,
        where="old.input_hash <> excluded.input_hash",
    )
    removed = _remove_stale(account_ids, stretch, cards)
    return ScoreCounts(
        created=merged.inserted, changed=merged.updated, unchanged=merged.unchanged, removed=removed
    )


def _card_rows(
    cards: pl.DataFrame, edition_id: int, edition: scoring.Edition, now: datetime
) -> Iterator[tuple[object, ...]]:
    chosen = cards.select(
        *frames.KEY,
        pl.col("overall"),
        *("color", "component_colors", "component_levels", "component_reach", "use_cases_adopted"),
        *("newest_recorded_at", "reporting_arr_share", "evidence"),
    )
    for account_id, period, *values, evidence in chosen.iter_rows():
        digest = hashlib.blake2b(f"{edition.digest}{evidence}".encode(), digest_size=16).hexdigest()
        yield (account_id, period, edition_id, *values, JSONText(evidence), digest, now)


def _remove_stale(account_ids: Sequence[int], stretch: Stretch, cards: pl.DataFrame) -> int:
    """Cards of months in which no subscription counts any more (a date was mended)."""
    valid = set(cards.select(frames.KEY).iter_rows())
    stored = ScoreCard.objects.filter(
        account_id__in=account_ids, period__in=stretch.periods, edition=stretch.edition
    )
    stale = [
        pk
        for pk, account_id, period in stored.values_list("pk", "account_id", "period")
        if (account_id, period) not in valid
    ]
    if stale:
        ScoreCard.objects.filter(pk__in=stale).delete()
    return len(stale)


def _write_transitions(
    account_ids: Sequence[int], stretch: Stretch, drops: pl.DataFrame, *, now: datetime
) -> ScoreCounts:
    """Store the drops; forget those that a correction of the data, or another edition, has undone."""
    wanted = {(row[0], row[1], row[2]): row for row in _drop_rows(drops)}
    stored = Transition.objects.filter(account_id__in=account_ids, period__in=stretch.periods)
    undone = [
        pk
        for pk, edition_id, *key in stored.values_list(
            "pk", "edition_id", "account_id", "period", "component"
        )
        if edition_id != stretch.edition.pk or tuple(key) not in wanted
    ]
    if undone:
        Transition.objects.filter(pk__in=undone).delete()
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
