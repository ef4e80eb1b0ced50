"""A book of payloads with drops: months of parts, each part all that some accounts report in a month.

A part goes in as one transaction. So no account is ever scored with half of its instances, which would
be a true reading of what was known then, and not what this is about.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from typing import Any

import orjson

from playbooks.demo.pings import Body
from tests.bench.generate import Size, customer, payloads, write
from usage.periods import period_of, shift

ACCOUNTS = 60
MONTHS = 4
ACCOUNTS_PER_PART = 5
DROPPING = 0.3  # share of the accounts that stop to use a stage in a month
STAGES = ("create", "verify", "secure", "release", "plan")


@dataclass(frozen=True)
class Book:
    size: Size
    parts: tuple[tuple[bytes, ...], ...]  # by month, then by accounts; NDJSON

    @property
    def months(self) -> list[str]:
        return [f"{period:%Y-%m}" for period in self.size.periods]

    def month(self, index: int) -> bytes:
        return b"".join(self.parts[index])


def make_book(folder: Path, *, seed: int, accounts: int = ACCOUNTS) -> Book:
    """Write the customers' files; the payloads end with the last whole month."""
    size = Size(accounts=accounts, months=MONTHS, last=last_whole_month(), seed=seed)
    write(folder, size)
    return Book(size, tuple(tuple(_parts(size, period)) for period in size.periods))


def last_whole_month() -> date:
    return shift(period_of(datetime.now(tz=UTC)), -1)  # noqa: TID251 - the real clock is meant


def _parts(size: Size, period: date) -> Iterator[bytes]:
    numbers = {
        (site.sender.uuid or str(site.sender.namespace_id)): number
        for number in range(size.accounts)
        for site in customer(number, size).sites
    }
    groups: dict[int, list[bytes]] = {}
    for payload in payloads(size):
        if not str(payload["recorded_at"]).startswith(f"{period:%Y-%m}"):
            continue
        number = numbers[str(payload["uuid"] or payload["namespace_id"])]
        line = orjson.dumps(
            _changed(payload, number, size, period), option=orjson.OPT_APPEND_NEWLINE
        )
        groups.setdefault(number // ACCOUNTS_PER_PART, []).append(line)
    for group in sorted(groups):
        yield b"".join(groups[group])


def _changed(payload: Body, number: int, size: Size, period: date) -> dict[str, Any]:
    """The payload as it is, or without the use of a stage: of an account in a month the same one."""
    changed: dict[str, Any] = orjson.loads(orjson.dumps(payload))
    draw = Random(f"{size.seed}:{number}:{period}:drop")  # noqa: S311 - not for secrets
    if period == size.periods[0] or draw.random() > DROPPING:
        return changed
    stage = draw.choice(STAGES)
    used = changed["usage_activity_by_stage_monthly"].get(stage, {})
    used.update(dict.fromkeys(used, 0))
    if stage == "verify":
        changed["counts"].update(
            {name: 0 for name in changed["counts"] if "ci_" in name and name != "ci_runners"}
        )
    return changed
