"""Takes figures of optional metrics out of calls to action: colours, words and times stay.

What people wrote stays too: a figure in a comment is not found by itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from accounts.bulk import update_rows
from playbooks.models import CallToAction, CTAEvent
from playbooks.querysets import CallToActionQuerySet
from playbooks.services import triggers
from usage.models import Edition

ROWS_PER_PAGE = 500
ERASED = "figures erased, the customer withdrew consent"
QUOTING = (CTAEvent.Kind.OPENED, CTAEvent.Kind.SIGNAL_ADDED)

Decided = Mapping[int, frozenset[str]]
Entry = dict[str, Any]


def redact(account_ids: Collection[int], decided: Decided) -> dict[str, int]:
    """Erase what CTAs of accounts quote of the components that are `decided` in each edition.

    Returns how many CTAs and events lost figures. Keeps the triggers away until the caller commits:
    one that runs would open a CTA from a card that it has read before. Call inside atomic().
    """
    counts = {"ctas": 0, "events": 0}
    if not decided:
        return counts
    triggers.hold()
    quoting = CallToAction.objects.filter(account__in=account_ids).exclude(evidence=[])
    named = {
        name: decided[pk]
        for pk, name in Edition.objects.filter(pk__in=decided).values_list("pk", "name")
    }
    for page in _pages(quoting):
        counts["ctas"] += _redact_ctas(page, decided)
        counts["events"] += _redact_events(page, named)
    return counts


def _pages(ctas: CallToActionQuerySet) -> Iterator[list[CallToAction]]:
    last_id = 0
    while page := list(ctas.filter(pk__gt=last_id).order_by("pk")[:ROWS_PER_PAGE]):
        yield page
        last_id = page[-1].pk


def _redact_ctas(page: Sequence[CallToAction], decided: Decided) -> int:
    rows = []
    for cta in page:
        entries = [_without_figures(entry, decided) for entry in cta.evidence]
        if entries != cta.evidence:
            summary = ERASED.capitalize() if entries[-1].get("is_erased") else cta.summary
            rows.append((cta.pk, entries, summary))
    return update_rows(CallToAction, rows, columns=("id", "evidence", "summary"), key=("id",))


def _without_figures(entry: Entry, decided: Decided) -> Entry:
    """An entry as it was, or without figures; one that names no edition counts for each."""
    edition_id = entry.get("edition_id")
    codes = frozenset().union(*decided.values()) if edition_id is None else decided.get(edition_id)
    if entry.get("is_erased") or not codes or entry.get("component") not in codes:
        return entry
    return {
        **entry,
        "from_value": None,
        "to_value": None,
        "text": _without_figures_in(entry.get("text", "")),
        "measures": [{**measure, "value": None} for measure in entry.get("measures", [])],
        "is_erased": True,
    }


def _without_figures_in(sentence: str) -> str:
    """The title that a finding's sentence begins with; the figures come after it."""
    title, colon, _ = sentence.partition(": ")
    return f"{title}: {ERASED}" if colon else title


def _redact_events(page: Sequence[CallToAction], named: Mapping[str, frozenset[str]]) -> int:
    events = CTAEvent.objects.filter(cta__in=[cta.pk for cta in page], kind__in=QUOTING)
    rows = [
        (pk, _without_figures_in(text))
        for pk, text, component, detail in events.exclude(signal_key=None).values_list(
            "pk", "text", "cta__component", "detail"
        )
        if component in named.get(detail.get("edition"), ())
    ]
    return update_rows(CTAEvent, rows, columns=("id", "text"), key=("id",))
