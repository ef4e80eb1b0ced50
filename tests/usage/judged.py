"""Cases of a backtest, and what was known of them, in memory."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from usage.lab.backtest import Alarm, Asked, Case, Report, Standing, Told, measure

ON = date(2026, 10, 14)
RED = Alarm("red", "Red", 0, "R")
WARM = Alarm("warm", "Red or Yellow", 0, "RY")
SIZE = Alarm("size", "Licence utilisation alone", 1, "R")
ASKED = Asked(leads=(3,), resamples=200)
JUDGED_IN = date(2026, 6, 1)


def told(kind: str = "churned", on: date = ON, account: int = 1, before: int = 100) -> Told:
    after = {"churned": 0, "contracted": 40, "renewed": before, "expanded": 200}[kind]
    return Told(account, "SMB", kind, on, Decimal(before), Decimal(after))


def case(account: int = 1, *, is_loss: bool = True, segment: str = "SMB", on: date = ON) -> Case:
    return Case(account, segment, on, is_loss, Decimal(100 if is_loss else 0))


def standings(letters: dict[int, str], *, score: float = 40) -> dict[tuple[int, date], Standing]:
    """What was known of accounts three months ahead of the day that all cases are of."""
    return {(account, JUDGED_IN): Standing(score, text) for account, text in letters.items()}


def report(
    cases: list[Case],
    letters: dict[int, str],
    *,
    alarms: tuple[Alarm, ...] = (RED,),
    **more: object,
) -> Report:
    return measure(cases, standings(letters), alarms, ASKED, **more)  # type: ignore[arg-type]


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")
