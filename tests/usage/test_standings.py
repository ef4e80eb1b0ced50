"""Scores and colours without evidence are those of the cards."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scoring import (
    ACTIVE,
    BILLABLE,
    BUILDS,
    GIT,
    OCTOBER,
    Inst,
    Snap,
    Sub,
    frames_of,
    shipped,
)
from usage.scoring import score
from usage.scoring.standings import standings

EDITION = shipped("2025")
numbers = st.one_of(st.none(), st.integers(-1, 4_000))


@given(st.lists(st.tuples(numbers, numbers, numbers, numbers), min_size=1, max_size=6))
@settings(max_examples=25)
def test_a_standing_says_what_its_card_says(told: list[tuple[int | None, ...]]) -> None:
    numbered = list(enumerate(told, start=1))
    data = frames_of(
        EDITION,
        [Sub(id=n, account=n) for n, _ in numbered],
        [Inst(id=n, sub=n) for n, _ in numbered],
        [
            Snap(instance=n, metrics=dict(zip((BILLABLE, ACTIVE, GIT, BUILDS), row, strict=True)))
            for n, row in numbered
        ],
    )
    cards = score(data, EDITION, [OCTOBER]).accounts
    found = standings(data, EDITION, [OCTOBER], shown=[OCTOBER])
    assert found["account_id"].to_list() == cards["account_id"].to_list()
    assert found["overall"].to_list() == cards["overall"].to_list()
    overall = [color[:1] or "N" for color in cards["color"]]
    letters = [one + rest for one, rest in zip(overall, cards["component_colors"], strict=True)]
    assert found["letters"].to_list() == letters


def test_only_months_that_are_shown_are_told() -> None:
    data = frames_of(EDITION, [Sub()], [Inst()], [Snap()])
    assert standings(data, EDITION, [OCTOBER], shown=[]).is_empty()
