from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts.commands import domain_errors
from accounts.services import activity_templates, milestones
from playbooks.services import catalogue
from usage.services import dictionary, editions, labels


class Command(BaseCommand):
    help = (
        "Load what ships: metric dictionary, labelling rules, editions (2025 in force for every month, 2024 "
        "retired), playbooks, triggers, activity templates and targets of the time to value. Run again it "
        "changes nothing that a person edited."
    )

    def handle(self, **options: Any) -> None:
        now = timezone.now()
        with domain_errors():
            dictionary_counts = dictionary.load_shipped(now=now)
            label_rules = labels.load_defaults()
            shipped = editions.load_shipped(now=now)
            playbooks = catalogue.load_shipped(now=now)
            templates = activity_templates.load_shipped()
            targets = milestones.load_defaults()
        self.stdout.write(f"Metrics: {dictionary_counts}")
        self.stdout.write(f"Labelling rules: {label_rules} created")
        for loaded in shipped:
            self.stdout.write(
                f"Edition {loaded.edition.name}: {loaded.outcome}, {loaded.edition.status}"
            )
        self.stdout.write(
            f"Playbooks: {playbooks.playbooks} created, {playbooks.versions} new versions; "
            f"triggers: {playbooks.triggers} created"
        )
        self.stdout.write(f"Activity templates: {templates} created")
        self.stdout.write(f"Targets of the time to value: {targets} created")
