"""What holds for every book of business, under the shipped editions and under any other."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import generated
from tests.generated import MONTHS, Book
from tests.scoring import Inst, Row, Snap, Sub, run, shipped
from usage.explain import Node, explain
from usage.scoring import Edition, frames

EDITIONS = {name: shipped(name) for name in ("2024", "2025")}

quick = settings(
    max_examples=15,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Edition, Book]:
    """A shipped edition or any other, and a book that reports some of its metrics."""
    edition = draw(st.one_of(generated.editions(), st.sampled_from(list(EDITIONS.values()))))
    return edition, draw(generated.books(edition.metric_keys))


def cards(edition: Edition, book: Book) -> dict[tuple[int, object], dict[str, Any]]:
    scores = run(edition, book.subs, book.insts, book.snaps, MONTHS)
    return {
        (row["account_id"], row["period"]): row for row in scores.accounts.iter_rows(named=True)
    }


def fallen(edition: Edition, book: Book) -> list[tuple[Any, ...]]:
    return run(edition, book.subs, book.insts, book.snaps, MONTHS).drops.rows()


@quick
@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(
    case: tuple[Edition, Book], chance: random.Random
) -> None:
    edition, book = case
    shuffled = book.shuffled(chance)
    assert cards(edition, shuffled) == cards(edition, book)
    assert fallen(edition, shuffled) == fallen(edition, book)


@quick
@given(cases())
def test_splitting_into_shards_and_adding_accounts_change_nothing(
    case: tuple[Edition, Book],
) -> None:
    edition, book = case
    accounts = sorted({sub.account for sub in book.subs})
    apart: dict[tuple[int, object], dict[str, Any]] = {}
    for account in accounts:
        apart |= cards(edition, book.of([account]))
    assert apart == cards(edition, book)


def test_a_large_book_gives_the_same_bytes_in_any_order_and_split() -> None:
    edition, chance = EDITIONS["2025"], random.Random(2026)  # noqa: S311 - made-up usage
    book = large_book(edition, chance, accounts=1_200)
    whole = cards(edition, book)
    shuffled = book.shuffled(chance)
    assert cards(edition, shuffled) == whole
    for some in (range(1, 3), range(3, 500), range(500, 1_201)):
        part = cards(edition, book.of(some))
        assert part == {key: card for key, card in whole.items() if key[0] in some}


def large_book(edition: Edition, chance: random.Random, accounts: int) -> Book:
    subs = [
        Sub(number, (number + 2) // 3, arr=chance.uniform(0, 1e7), seats=chance.randint(1, 9_999))
        for number in range(1, accounts * 3 + 1)
    ]
    insts = [Inst(sub.id, sub.id) for sub in subs]
    snaps = [
        Snap(inst.id, {key: chance.uniform(0, 1e6) for key in edition.metric_keys}, month)
        for inst in insts
        for month in MONTHS
    ]
    return Book(tuple(subs), tuple(insts), tuple(snaps))


@quick
@given(cases())
def test_na_never_becomes_red(case: tuple[Edition, Book]) -> None:
    edition, book = case
    silent = replace(book, snaps=tuple(replace(snap, metrics={}) for snap in book.snaps))
    for row in cards(edition, silent).values():
        assert row["color"] == ""
        assert set(row["component_colors"]) == {"N"}
    scored = run(edition, book.subs, book.insts, book.snaps, MONTHS).instances
    for use_case, measure in edition.measures():
        code = frames.full_code(use_case.code, measure.code)
        unknown = pl.col(frames.numerator(code)).is_null()
        if measure.denominator is not None:
            unknown |= pl.col(frames.denominator(code)).is_null()
        assert (
            scored.filter(unknown)[frames.points(code)].null_count()
            == scored.filter(unknown).height
        )


@quick
@given(cases(), st.data())
def test_a_metric_that_is_lost_makes_no_component_red_that_was_known_by_it_alone(
    case: tuple[Edition, Book], data: st.DataObject
) -> None:
    edition, book = case
    lost = data.draw(st.sampled_from(edition.metric_keys))
    less = replace(
        book, snaps=tuple(replace(s, metrics={**s.metrics, lost: None}) for s in book.snaps)
    )
    needing = [
        use_case.code
        for use_case in edition.use_cases
        if all(_needs(measure.numerator, lost) for measure in use_case.measures)
    ]
    for row in cards(edition, less).values():
        assert [row[frames.score(code)] for code in needing] == [None] * len(needing)


def _needs(term: Any, key: str) -> bool:
    return key in term.keys and (term.operation != "first" or term.keys == (key,))


def better(edition: Edition) -> list[str]:
    """Metrics of which more is always better: in sums above the line only, with Green on top."""
    below, above = {edition.size_metric}, set[str]()
    for _, measure in edition.measures():
        below.update(measure.denominator.keys if measure.denominator else ())
        above.update(measure.numerator.keys)
    return sorted(above - below)


@pytest.mark.parametrize("name", EDITIONS)
@quick
@given(st.data())
def test_a_better_value_never_lowers_a_score(name: str, data: st.DataObject) -> None:
    edition = EDITIONS[name]
    book = data.draw(generated.books(edition.metric_keys))
    metric = data.draw(st.sampled_from(better(edition)))
    more = data.draw(st.floats(0, 1e6))
    risen = replace(book, snaps=tuple(raised(snap, metric, more) for snap in book.snaps))
    assert_nothing_fell(edition, cards(edition, book), cards(edition, risen))


@quick
@given(st.data())
def test_a_better_value_never_lowers_a_score_of_any_edition(data: st.DataObject) -> None:
    edition = climbing(data.draw(generated.editions()))
    book = data.draw(generated.books((*edition.metric_keys, "more")))
    more = data.draw(st.floats(0, 1e6))
    risen = replace(book, snaps=tuple(raised(snap, "more", more) for snap in book.snaps))
    assert_nothing_fell(edition, cards(edition, book), cards(edition, risen))


def climbing(edition: Edition) -> Edition:
    """The edition with a metric `more` in every numerator and Green above Red everywhere."""
    parts = []
    for use_case in edition.use_cases:
        measures = [
            replace(
                measure,
                numerator=replace(measure.numerator, operation="sum", keys=("more", "m1")),
                bands=tuple(
                    replace(band, color=color)
                    for band, color in zip(measure.bands, ("Red", "Yellow", "Green"), strict=True)
                ),
            )
            for measure in use_case.measures
        ]
        parts.append(replace(use_case, measures=tuple(measures)))
    return replace(edition, use_cases=tuple(parts))


def raised(snap: Snap, metric: str, more: float) -> Snap:
    known = snap.metrics.get(metric)
    if known is None or known < 0:
        return snap
    return replace(snap, metrics={**snap.metrics, metric: known + more})


def assert_nothing_fell(edition: Edition, before: dict[Any, Any], after: dict[Any, Any]) -> None:
    codes = [use_case.code for use_case in edition.use_cases]
    codes += [composite.code for composite in edition.composites]
    for key, row in before.items():
        for code in codes:
            was, now = row[frames.score(code)], after[key][frames.score(code)]
            assert (was is None) == (now is None)
            assert was is None or now >= was - 1e-9


@quick
@given(cases())
def test_every_evidence_sums_to_its_score(case: tuple[Edition, Book]) -> None:
    edition, book = case
    for row in cards(edition, book).values():
        card = Row(row, edition)
        tree = explain(card.evidence, edition)
        assert tree.score == (None if row["overall"] is None else pytest.approx(row["overall"]))
        for node in walk(tree):
            assert_sums(node)


def walk(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from walk(child)


def assert_sums(node: Node) -> None:
    parts = [child for child in node.children if child.contribution is not None]
    if not parts:
        return
    by_value = all(child.score is None for child in parts)
    number = node.value if by_value else node.score
    assert number is not None
    total = sum(_contributions(parts))
    assert total == pytest.approx(number, rel=1e-9, abs=1e-9)
    assert sum(child.weight_share or 0 for child in parts) == pytest.approx(1)


def _contributions(parts: Sequence[Node]) -> Iterator[float]:
    for part in parts:
        assert part.contribution is not None
        yield part.contribution


@quick
@given(cases())
def test_whatever_is_na_says_why(case: tuple[Edition, Book]) -> None:
    edition, book = case
    for row in cards(edition, book).values():
        for node in walk(explain(Row(row, edition).evidence, edition)):
            assert (
                node.color != "NA"
                or node.reason
                or node.value is not None
                or node.score is not None
            )
