from __future__ import annotations

from accounts.services.voice import OUTCOMES
from usage.management.voice_command import ImportCommand


class Command(ImportCommand):
    help = (
        "Create or update what became of customers, by account and external id, from a CSV file with "
        "the columns external_id, account, subscription, kind (renewed, expanded, contracted, churned), "
        "occurred_on, arr_before, arr_after. A backtest holds scores against them."
    )
    table = OUTCOMES
