"""Options that several commands take."""

from __future__ import annotations

import argparse
from datetime import date, datetime

from usage.errors import PeriodInvalid
from usage.ingest import parse_moment
from usage.periods import parse_period


def period(text: str) -> date:
    """An option's type: YYYY-MM."""
    try:
        return parse_period(text)
    except PeriodInvalid as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def moment(text: str) -> datetime:
    """An option's type: a day and a time in ISO 8601; without an offset it is UTC."""
    found = parse_moment(text)
    if found is None:
        raise argparse.ArgumentTypeError(
            f"{text[:40]!r} is not a moment; write it like 2026-05-03T09:00:00Z."
        )
    return found


def add_months(parser: argparse.ArgumentParser) -> None:
    """--from and --to, both included."""
    parser.add_argument("--from", dest="first", type=period, required=True, metavar="YYYY-MM")
    parser.add_argument("--to", dest="last", type=period, required=True, metavar="YYYY-MM")


def add_output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--output", required=True, metavar="FILE.csv", help="- writes to stdout.")
