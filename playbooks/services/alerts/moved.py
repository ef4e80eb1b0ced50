"""What moved a score that fell, of the alerts of a round: read when they are sent, and stored nowhere.

So a customer's consent that is withdrawn meanwhile holds, and a correction of the data is told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from playbooks import words
from playbooks.alerting import Kind
from playbooks.models import CallToAction, Notification
from playbooks.services.alerts import sources
from usage.lab.plain_text import moved_by
from usage.models import Transition
from usage.periods import month_of, parse_period, shift
from usage.services.explanations import Movement, score_changes

OF_CTAS = {Kind.ASSIGNED, Kind.RISK, Kind.EVIDENCE}


@dataclass
class Causes:
    """What moved the scores of the alerts of a round: read for many at once, each alert once."""

    now: datetime
    _said: dict[int, str] = field(default_factory=dict)

    def read(self, alerts: Iterable[Notification]) -> None:
        fresh = [alert for alert in alerts if alert.pk not in self._said]
        found = sentences(fresh, now=self.now)
        self._said |= {alert.pk: found.get(alert.pk, "") for alert in fresh}

    def of(self, alert: Notification) -> str:
        """A sentence, empty where it cannot be told; raise KeyError where it was not read."""
        return self._said[alert.pk]


def sentences(alerts: Collection[Notification], *, now: datetime) -> dict[int, str]:
    """Alert id -> what moved the score that it says has fallen; none where that cannot be told.

    As many queries for many alerts as for one, and none where no alert is of a kind that tells of it.
    """
    movements = dict([*_of_drops(alerts), *_of_ctas(alerts)])
    changes = score_changes(set(movements.values()), now=now)
    said = {
        alert_id: moved_by(changes[movement].attribution)
        for alert_id, movement in movements.items()
        if movement in changes
    }
    return {alert_id: sentence for alert_id, sentence in said.items() if sentence}


def _of_drops(alerts: Collection[Notification]) -> Iterator[tuple[int, Movement]]:
    told = [alert for alert in alerts if alert.kind == Kind.DROP]
    if not told:
        return
    oldest = shift(month_of(min(alert.at for alert in told).date()), -1)
    drops = Transition.objects.filter(
        account__in={alert.account_id for alert in told}, period__gte=oldest
    )
    known = {sources.drop_key(drop): drop for drop in drops.order_by()}
    for alert in told:
        if drop := known.get(alert.source_key):
            yield (
                alert.pk,
                Movement(drop.account_id, drop.from_period, drop.period, drop.component),
            )


def _of_ctas(alerts: Collection[Notification]) -> Iterator[tuple[int, Movement]]:
    """Of calls to action that a drop opened or was added to."""
    told = [alert for alert in alerts if alert.kind in OF_CTAS]
    if not told:
        return
    ctas = CallToAction.objects.in_bulk({alert.subject_id for alert in told})
    for alert in told:
        cta = ctas.get(alert.subject_id)
        if cta is not None and (entry := _told_entry(cta, alert.title)):
            former, later = (parse_period(entry[name]) for name in ("from_period", "period"))
            yield alert.pk, Movement(cta.account_id, former, later, entry["component"])


def _told_entry(cta: CallToAction, title: str) -> Mapping[str, Any] | None:
    """The newest evidence of the fall that the title says: others may have been added since."""
    return next((entry for entry in reversed(cta.evidence) if _is_told(entry, title)), None)


def _is_told(entry: Mapping[str, Any], title: str) -> bool:
    if entry.get("kind") != "score_drop":
        return False
    fall = words.drop_title(entry["component_name"], entry["from_color"], entry["to_color"])
    return title.endswith(fall)
