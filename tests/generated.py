"""Editions and books of business that nobody would write, for properties that must always hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import count
from random import Random
from typing import TypeVar

from hypothesis import strategies as st

from tests.editions import edition, measure, use_case
from tests.scoring import Inst, Snap, Sub
from usage.scoring import Edition
from usage.scoring.edition import SEATS, Band, Composite, Measure, Term, UseCase

Row = TypeVar("Row")

METRICS = ("m0", "m1", "m2", "m3", "m4")
MONTHS = (date(2026, 8, 1), date(2026, 9, 1), date(2026, 10, 1))
ROLL_UPS = ("value", "score", "primary", "sum")
PLANS = ("Free", "Premium", "Ultimate")
DEPLOYMENTS = ("Self-Managed", "SaaS")
KINDS = ("Production", "Production", "Production", "Unknown")

numbers = st.one_of(
    st.none(), st.just(-1.0), st.integers(0, 9), st.floats(0, 1e6, allow_subnormal=False)
)


@dataclass(frozen=True)
class Book:
    subs: tuple[Sub, ...]
    insts: tuple[Inst, ...]
    snaps: tuple[Snap, ...]

    def shuffled(self, chance: Random) -> Book:
        def mixed(rows: tuple[Row, ...]) -> tuple[Row, ...]:
            return tuple(chance.sample(rows, len(rows)))

        return Book(mixed(self.subs), mixed(self.insts), mixed(self.snaps))

    def of(self, accounts: Sequence[int]) -> Book:
        subs = tuple(sub for sub in self.subs if sub.account in accounts)
        insts = tuple(inst for inst in self.insts if inst.sub in {sub.id for sub in subs})
        ids = {inst.id for inst in insts}
        return Book(subs, insts, tuple(snap for snap in self.snaps if snap.instance in ids))


@st.composite
def bands(draw: st.DrawFn) -> tuple[Band, ...]:
    """Red below Green or above it, with or without Yellow, from an age on or for all ages."""
    low, high = sorted(draw(st.lists(st.integers(0, 6), min_size=2, max_size=2, unique=True)))
    closed = draw(st.tuples(st.booleans(), st.booleans()))
    colors = draw(st.sampled_from([("Red", "Yellow", "Green"), ("Green", "Yellow", "Red")]))
    age = draw(st.sampled_from([None, None, 12]))
    return (
        Band(colors[0], None, False, low, closed[0], age),  # noqa: FBT003 - the parts of a bound
        Band(colors[1], low, not closed[0], high, closed[1], age),
        Band(colors[2], high, not closed[1], None, False, age),  # noqa: FBT003
    )


def terms(keys: Sequence[str]) -> st.SearchStrategy[Term]:
    lists = st.lists(st.sampled_from(keys), min_size=1, max_size=3, unique=True).map(tuple)
    operations = st.sampled_from(("sum", "difference", "count_positive", "first"))
    return st.builds(Term, operations, lists)


@st.composite
def measures(draw: st.DrawFn, code: str) -> Measure:
    return measure(
        code,
        numerator=draw(terms(METRICS)),
        denominator=draw(st.one_of(st.none(), terms((*METRICS, SEATS)))),
        zero_denominator_is_na=draw(st.booleans()),
        weight=draw(st.sampled_from((0.5, 1.0, 3.0))),
        bands=draw(bands()),
    )


@st.composite
def use_cases(draw: st.DrawFn, code: str) -> UseCase:
    parts = [draw(measures(f"x{place}")) for place in range(draw(st.integers(1, 3)))]
    return use_case(
        code,
        *parts,
        roll_up=draw(st.sampled_from(ROLL_UPS)),
        counts_as_use_case=draw(st.booleans()),
        plans=draw(st.sampled_from([(), (), ("Ultimate", "Premium")])),
        deployments=draw(st.sampled_from([(), (), ("Self-Managed",)])),
    )


@st.composite
def editions(draw: st.DrawFn) -> Edition:
    parts = [draw(use_cases(f"u{place}")) for place in range(draw(st.integers(1, 3)))]
    weights = [draw(st.sampled_from((1.0, 2.0, 30.0))) for _ in parts]
    inner = Composite("inner", tuple((p.code, w) for p, w in zip(parts, weights, strict=True)))
    outer = Composite("outer", (("inner", 2.0), (parts[0].code, 1.0)))
    return edition(
        *parts, size_metric="m0", composites=draw(st.sampled_from([(inner,), (inner, outer)]))
    )


@st.composite
def books(draw: st.DrawFn, metrics: Sequence[str] = METRICS, most_accounts: int = 3) -> Book:
    subs: list[Sub] = []
    insts: list[Inst] = []
    snaps: list[Snap] = []
    sub_ids, instance_ids = count(1), count(1)
    for account in range(1, draw(st.integers(1, most_accounts)) + 1):
        since = draw(st.sampled_from((date(2026, 7, 1), date(2025, 1, 1))))
        for sub_id in [next(sub_ids) for _ in range(draw(st.integers(1, 3)))]:
            subs.append(_sub(draw, sub_id, account, since))
            for instance_id in [next(instance_ids) for _ in range(draw(st.integers(0, 2)))]:
                insts.append(_inst(draw, instance_id, sub_id))
                snaps += _snaps(draw, instance_id, metrics)
    return Book(tuple(subs), tuple(insts), tuple(snaps))


def _sub(draw: st.DrawFn, sub_id: int, account: int, since: date) -> Sub:
    return Sub(
        id=sub_id,
        account=account,
        plan=draw(st.sampled_from(PLANS)),
        arr=draw(st.sampled_from((0.0, 0.1, 333.33, 70_000.0))),
        seats=draw(st.sampled_from((None, 0.0, 7.0, 100.0))),
        since=since,
        end=draw(st.sampled_from((None, None, date(2026, 9, 15)))),
    )


def _inst(draw: st.DrawFn, instance_id: int, sub_id: int) -> Inst:
    return Inst(
        id=instance_id,
        sub=sub_id,
        kind=draw(st.sampled_from(KINDS)),
        deployment=draw(st.sampled_from(DEPLOYMENTS)),
        opted_out=draw(st.sampled_from((False, False, True))),
    )


def _snaps(draw: st.DrawFn, instance_id: int, metrics: Sequence[str]) -> list[Snap]:
    months = draw(st.lists(st.sampled_from(MONTHS), unique=True))
    day = st.integers(1, 28)
    return [
        Snap(instance_id, {key: draw(numbers) for key in metrics}, month, draw(day))
        for month in months
    ]
