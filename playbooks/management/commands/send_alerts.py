from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from accounts.commands import domain_errors
from accounts.formats import plural
from playbooks.services.alerts import rounds


class Command(BaseCommand):
    help = (
        "Make alerts of what has happened, gather the daily e-mails that are due, and send what waits. "
        "The beat does the same; twice at once does no harm."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        with domain_errors():
            done = rounds.make_and_send()
        self.stdout.write(
            f"{plural(done.alerts, 'alert')} made, {plural(done.digests, 'digest')} gathered, "
            f"{plural(done.sent, 'message')} sent, {done.failed} failed."
        )
