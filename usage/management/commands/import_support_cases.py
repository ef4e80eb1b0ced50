from __future__ import annotations

from accounts.services.voice import CASES
from usage.management.voice_command import ImportCommand


class Command(ImportCommand):
    help = (
        "Create or update support cases by account and external id from a CSV file with "
        "the columns external_id, account, opened_at, closed_at, priority, subject."
    )
    table = CASES
