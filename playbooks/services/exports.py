from __future__ import annotations

from collections.abc import Iterator

from playbooks.models import CallToAction
from usage.periods import format_period

CTA_COLUMNS = (
    "id", "account", "type", "reason", "status", "priority", "component", "period", "opened_at",
    "due_date", "owner", "dedupe_key",
)  # fmt: skip


def ctas() -> Iterator[tuple[object, ...]]:
    """All calls to action, the oldest first; owner is an e-mail, opened_at UTC."""
    rows = CallToAction.objects.select_related("account", "owner").defer("evidence").order_by("pk")
    for cta in rows.iterator(chunk_size=2_000):
        yield (
            cta.pk,
            cta.account.external_id,
            cta.get_type_display(),
            cta.reason,
            cta.get_status_display(),
            cta.get_priority_display(),
            cta.component,
            format_period(cta.period) if cta.period else "",
            cta.opened_at.isoformat(timespec="seconds"),
            cta.due_on.isoformat(),
            cta.owner.email if cta.owner else "",
            cta.dedupe_key,
        )
