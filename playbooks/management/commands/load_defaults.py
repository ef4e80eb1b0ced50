from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts.commands import domain_errors
from playbooks.services import catalogue
from usage.services import dictionary, editions, labels


class Command(BaseCommand):
    help = (
        "Load what ships: metric dictionary, labelling rules, editions (2025 in force for every month, 2024 "
        "retired), playbooks and triggers. Run again it changes nothing that a person edited."
    )

    def handle(self, **options: Any) -> None:
        now = timezone.now()
        with domain_errors():
            self.stdout.write(f"Metrics: {dictionary.load_shipped(now=now)}")
            self.stdout.write(f"Labelling rules: {labels.load_defaults()} created")
            for loaded in editions.load_shipped(now=now):
                self.stdout.write(
                    f"Edition {loaded.edition.name}: {loaded.outcome}, {loaded.edition.status}"
                )
            self.stdout.write(f"Playbooks: {catalogue.load_shipped(now=now)}")
