from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.commands import domain_errors
from accounts.models import Job
from accounts.services import jobs
from usage.services import edition_files, editions

NOTE = "Published by load_edition."


class Command(BaseCommand):
    help = (
        "Check an edition's YAML file and store it as a draft, in place of a draft of that name. "
        "With --publish it is put in force from its in_force_from on and can change no more."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.yaml")
        parser.add_argument("--publish", action="store_true", help="Publish it if it is a draft.")
        parser.add_argument(
            "--note", default=NOTE, help="With --publish: why, for its page (default: %(default)s)"
        )

    def handle(self, *, file: Path, publish: bool, note: str, **options: Any) -> None:
        with domain_errors():
            loaded = editions.store(edition_files.read(file), now=timezone.now())
            edition = loaded.edition
            if loaded.backfill is not None:
                self.stdout.write("Filling its metrics into the snapshots from the payloads …")
                _run(loaded.backfill)
            if publish and edition.is_draft:
                edition = editions.publish(edition_id=edition.pk, now=timezone.now(), note=note)
        self.stdout.write(f"Edition {edition.name}: {loaded.outcome}, {edition.status}.")


def _run(job: Job) -> None:
    """Do a job here and now instead of leaving it to a worker."""
    jobs.run(job.pk)
    job.refresh_from_db()
    if job.state == Job.State.FAILED:
        raise CommandError(job.error)
