"""What the answer to a what-if says in sentences."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl

from playbooks.what_if import Opened, WhatIf
from tests.editions import edition
from tests.factories import NOW
from usage.lab.what_if import OVERALL, Matrix, Part

OCTOBER = date(2026, 10, 1)
MOVED = pl.DataFrame(
    {"account_id": [1, 1, 2], "part": ["ci", OVERALL, "ci"], "arr": [1_000.0, 1_000.0, 70.0]}
)
CTA = Opened(
    1, "A-1", "Acme", "ci", "CI fell", "Drops", "Risk", 2, "Medium", "Jonas", date(2026, 11, 1)
)


def answer(*matrices: Matrix, **fields: Any) -> WhatIf:
    values: dict[str, Any] = {
        "draft": edition(), "bases": ("2025",), "first": OCTOBER, "last": OCTOBER,
        "newest": OCTOBER, "accounts": 4, "account_months": 4, "matrices": matrices,
        "moved": MOVED, "adoption": (), "health": (), "segments": (), "ctas": (CTA,),
        "made_at": NOW, "never_kept": (),
    }  # fmt: skip
    return WhatIf(**values | fields)


CI = Matrix(
    Part("ci", "CI"),
    {
        ("Green", "Red"): 1,
        ("Red", "Green"): 1,
        ("Green", "NA"): 1,
        ("NA", "Red"): 1,
        ("Green", "Green"): 9,
    },
)


def test_it_says_what_moves_and_what_would_be_opened() -> None:
    still = Matrix(Part("scm", "SCM"), {("Green", "Green"): 4})
    assert answer(CI, still).summary_lines() == [
        "tea against 2025, 2026-10: 4 accounts, 4 account months.",
        "CI: 1 worse, 1 better, 1 known before and NA now, 1 NA before and known now of 13.",
        "2 accounts move in some part; 1,000 of ARR is at those whose health moves.",
        "In 2026-10 the triggers would open 1 call to action, those that only the "
        "change of edition causes if that is asked for when it is published.",
    ]
    assert answer(CI).ctas_opened == 1


def test_it_names_several_months_and_bases() -> None:
    said = answer(first=date(2026, 8, 1), bases=("2024", "2025")).summary_lines()[0]
    assert said.startswith("tea against 2024 and 2025, 2026-08 to 2026-10:")


def test_it_says_that_nobody_moves() -> None:
    lines = answer(moved=MOVED.clear(), ctas=()).summary_lines()
    assert lines[1:] == [
        "Nobody moves: every colour stays.",
        "In 2026-10 the triggers would open 0 calls to action, those that only the "
        "change of edition causes if that is asked for when it is published.",
    ]


def test_it_says_that_there_is_nothing_to_compare() -> None:
    empty = answer(moved=MOVED.clear(), account_months=0, accounts=0, newest=None)
    assert empty.summary_lines()[1:] == [
        "There is nothing to compare: no account has readings in these months."
    ]


def test_it_names_metrics_that_nothing_keeps() -> None:
    lines = answer(newest=None, never_kept=("counts.mugs", "counts.spoons")).summary_lines()
    assert lines[1] == "Not kept so far, so NA for everybody: counts.mugs, counts.spoons."
    assert not any("open" in line for line in lines)
    assert replace(answer(), newest=None).arr_moved == 1_000
