"""The kinds of usage data that may be erased after some time, and what is lost with each."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from accounts.services.retention import Kind, Store
from usage.models import CardDrift, RawPayload, RejectedRow, ScoreCard, Snapshot, Transition

PAYLOADS = Kind(
    label=_("Payloads as they came"),
    cost=_(
        "A metric that becomes tracked later is not filled in for these months; what was known on a "
        "former day cannot be asked any more. Snapshots and scores stay."
    ),
    days=1_095,
    stores=lambda: [Store(RawPayload.objects.all, "recorded_at")],
)
SNAPSHOTS = Kind(
    label=_("Snapshots of a month"),
    cost=_(
        "Scores of these months cannot be made again: where they are scored anew they turn NA. Erase "
        "the score cards of the same months too."
    ),
    days=1_826,
    stores=lambda: [Store(Snapshot.objects.all, "period")],
)
SCORE_CARDS = Kind(
    label=_("Score cards and drops"),
    cost=_("Health and trends of these months, and why they were so."),
    days=1_826,
    stores=lambda: [
        Store(Transition.objects.all, "period"),
        Store(ScoreCard.objects.all, "period"),
        Store(CardDrift.objects.all, "period"),
    ],
)
REJECTED_ROWS = Kind(
    label=_("Rejected rows"),
    cost=_("Rows that nobody mended in all that time."),
    days=365,
    stores=lambda: [Store(RejectedRow.objects.all, "received_at")],
)
