"""What a card does not say itself: the metrics of its snapshots, and when what is missing was last known. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from accounts import formats
from accounts.words import gettext
from usage.periods import format_period, shift
from usage.scoring.edition import SEATS, Edition, Measure

Evidence = Mapping[str, Any]
Row = Mapping[str, Any]
LOOK_BACK_MONTHS = 36


@dataclass(frozen=True)
class Metric:
    """One metric that a measure reads, by its key path; `reason` says why it is missing."""

    key: str
    value: float | None
    text: str
    reason: str = ""


@dataclass(frozen=True)
class Facts:
    """By installation (its uuid and hostname): the snapshot's id and metrics, and the last month before in which a key was known.

    `last_known`: of components, composites, groups, measures by their full code, and subscriptions.
    """

    period: date
    snapshots: Mapping[str, int] = field(default_factory=dict)
    metrics: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    last_reported: Mapping[tuple[str, str], date] = field(default_factory=dict)
    last_known: Mapping[str, date] = field(default_factory=dict)

    def since(self, code: str) -> str:
        return since(self.last_known.get(code))

    def metrics_of(self, measure: Measure, row: Row) -> tuple[Metric, ...]:
        """The metrics that a measure reads of an instance, each once."""
        keys = list(measure.numerator.keys)
        keys += measure.denominator.keys if measure.denominator else ()
        return tuple(self._metric(key, row) for key in dict.fromkeys(keys))

    def _metric(self, key: str, row: Row) -> Metric:
        if key == SEATS:
            seats = row["seats"]
            reason = "" if seats is not None else gettext("its subscription says no seats")
            return Metric(key, seats, formats.number(seats), reason)
        installation = row_id(row)
        value = self.metrics.get(installation, {}).get(key)
        last = since(self.last_reported.get((installation, key)))
        if value is None:
            return Metric(
                key, None, formats.NA, gettext("not reported, %(since)s") % {"since": last}
            )
        if value < 0:
            return Metric(
                key,
                None,
                formats.NA,
                gettext("reported as %(value)s: it failed, %(since)s")
                % {"value": f"{value:g}", "since": last},
            )
        return Metric(key, float(value), formats.number(value))


def row_id(row: Row) -> str:
    """Which installation it is: one uuid may run under several hostnames."""
    return f"{row['instance']} {row['hostname']}"


def since(last: date | None) -> str:
    """From when to when: "missing since 2026-04, last known 2026-03"."""
    if last is None:
        return gettext("not known once in the %(count)s months before") % {
            "count": LOOK_BACK_MONTHS
        }
    return gettext("missing since %(since)s, last known %(last)s") % {
        "since": format_period(shift(last, 1)),
        "last": format_period(last),
    }


def last_known(cards: Iterable[tuple[date, Evidence, Edition]]) -> dict[str, date]:
    """By code the newest of these months in which a card knows it."""
    found: dict[str, date] = {}
    for period, evidence, edition in cards:
        for code in known_codes(evidence, edition):
            found[code] = max(period, found.get(code, period))
    return found


def known_codes(evidence: Evidence, edition: Edition) -> Iterator[str]:
    """Codes of all that a card knows; a subscription by its id with a # in front."""
    parts = zip(edition.use_cases, evidence["components"], strict=True)
    yield from (part.code for part, (_, _, letter, *_) in parts if letter != "N")
    for code, score, _ in (*evidence["composites"], *evidence.get("groups", ())):
        if score is not None:
            yield code
    measures = zip(edition.measures(), evidence.get("measures", ()), strict=False)
    yield from (f"{part.code}.{m.code}" for (part, m), (_, letter) in measures if letter != "N")
    if edition.scorecard is not None:
        health = zip(edition.scorecard.measures(), evidence.get("health", ()), strict=False)
        yield from (f"{g.code}.{m.code}" for (g, m), (_, letter, *_) in health if letter != "N")
    yield from (f"#{row['subscription']}" for row in evidence["rows"] if row["primary"])


def missing_keys(metrics: Collection[Metric]) -> str:
    """Which metrics are missing, each with since when."""
    return "; ".join(f"{metric.key}: {metric.reason}" for metric in metrics if metric.reason)
