"""What an independent implementation gave for the data beside, and how an export differs from it."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

DATA = Path(__file__).parent / "data"
NOT_COMPARED = "not compared"  # cells where that implementation is known to follow other rules
COMPONENTS = ("license_utilization", "user_engagement", "scm", "ci", "cd", "security")
RANK = {"Red": 0, "Yellow": 1, "Green": 2}

Cell = dict[str, str]
Drop = tuple[str, str, str, str, str]  # account, month, component, from, to


@dataclass(frozen=True)
class Column:
    """Where an expected file keeps a code's value and score; empty: nowhere."""

    code: str
    value: str = ""
    score: str = ""

    @property
    def color(self) -> str:
        return f"{self.code}_color"


INSTANCE_COLUMNS = (
    Column("license_utilization", value="license_utilization"),
    Column("user_engagement", value="user_engagement"),
    Column("scm", value="scm_value", score="scm_score"),
    Column("ci", value="ci_value", score="ci_score"),
    Column("cd", score="cd_score"),
    Column("security", score="security_score"),
    Column("product", score="product_score"),
)
ACCOUNT_COLUMNS = (
    Column("license_utilization", value="license_utilization"),
    Column("user_engagement", value="user_engagement"),
    Column("scm", value="scm_value"),
    Column("ci", value="ci_value"),
    Column("cd", score="cd_score"),
    Column("security", score="security_score"),
)
COLUMNS = {"instance": INSTANCE_COLUMNS, "account": ACCOUNT_COLUMNS}


def expected(level: str, edition: str) -> list[Cell]:
    return read_csv(DATA / f"expected_{level}_scores_{edition}.csv")


def read_csv(path: Path) -> list[Cell]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def mismatches(export: list[Cell], level: str, edition: str) -> tuple[int, list[str]]:
    """How many cells were compared, and a line for each that differs; a missing row counts as NA."""
    exported = {(row["id"], row["period"], row["code"]): row for row in export}
    nothing = {"value": "", "score": "", "color": "NA"}
    compared, wrong = 0, []
    for row in expected(level, edition):
        for column in COLUMNS[level]:
            if row[column.color] == NOT_COMPARED:
                continue
            compared += 1
            got = exported.get((row[level], row["month"], column.code), nothing)
            wrong += [
                f"{row[level]} {row['month']} {column.code}: {text}"
                for text in _faults(got, row, column)
            ]
    return compared, wrong


def _faults(got: Cell, want: Cell, column: Column) -> Iterator[str]:
    if got["color"] != want[column.color]:
        yield f"{got['color']} for {want[column.color]}"
    if want[column.color] == "NA":
        return
    if column.value and not _close(got["value"], want[column.value], 1e-6):
        yield f"value {got['value']!r} for {want[column.value]}"
    if column.score and not _close(got["score"], want[column.score], 1e-3):
        yield f"score {got['score']!r} for {want[column.score]}"


def _close(got: str, want: str, tolerance: float) -> bool:
    if not want:
        return True  # that implementation gives no number here
    return bool(got) and abs(float(got) - float(want)) <= tolerance * max(1, abs(float(want)))


def expected_drops(edition: str) -> tuple[set[Drop], set[tuple[str, str, str]]]:
    """The drops that follow from the expected colours, and the cells that they cannot tell."""
    drops, untold = set(), set()
    for account, rows in groupby(expected("account", edition), key=lambda row: row["account"]):
        months = list(rows)
        for component in COMPONENTS:
            colors = {row["month"]: row[f"{component}_color"] for row in months}
            for month in colors:
                before = [colors.get(earlier, "NA") for earlier in _two_before(month)]
                if NOT_COMPARED in (colors[month], *before):
                    untold.add((account, month, component))
                elif (fell := _fell(before, colors[month])) is not None:
                    drops.add((account, month, component, fell, colors[month]))
    return drops, untold


def _fell(before: list[str], color: str) -> str | None:
    """The newest known colour before, if this one is worse."""
    known = [earlier for earlier in before if earlier != "NA"]
    return known[0] if color != "NA" and known and RANK[known[0]] > RANK[color] else None


def _two_before(month: str) -> list[str]:
    year, number = map(int, month.split("-"))
    count = year * 12 + number - 1
    return [f"{(count - back) // 12}-{(count - back) % 12 + 1:02}" for back in (1, 2)]
