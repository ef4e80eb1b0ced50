from __future__ import annotations

from accounts.services.voice import ANSWERS
from usage.management.voice_command import ImportCommand


class Command(ImportCommand):
    help = (
        "Create or update survey answers by account and external id from a CSV file with "
        "the columns external_id, account, kind (nps or csat), score, answered_at, contact (e-mail), comment."
    )
    table = ANSWERS
