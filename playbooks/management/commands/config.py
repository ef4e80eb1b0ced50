from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts import tasks
from accounts.commands import domain_errors
from accounts.models import User
from playbooks.config_plan import Plan, told
from playbooks.services.configuration import schemas
from playbooks.services.configuration.applying import apply
from playbooks.services.configuration.exporting import export, write
from playbooks.services.configuration.folder import read
from playbooks.services.configuration.planning import plan_of
from playbooks.services.what_if import of_newest_month

THERE_ARE_CHANGES = 2


class Command(BaseCommand):
    help = (
        "Keep editions, playbooks, triggers and additions to the metric dictionary as YAML files. `export` "
        "writes what is stored, `plan` says what `apply` would do, `apply` does it, all or nothing, as the "
        "admin would: a changed playbook gets a new version, a published edition cannot change. A file that "
        "is gone deletes nothing. What was changed here after the files were exported is refused."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parts = parser.add_subparsers(
            dest="part", required=True, metavar="export|plan|apply|schema"
        )
        exported = parts.add_parser("export", help="write what is stored into a folder")
        exported.add_argument(
            "--force", action="store_true", help="overwrite files that are not applied yet"
        )
        planned = parts.add_parser(
            "plan", help="say what apply would do, with a diff; nothing is written"
        )
        planned.add_argument(
            "--detailed-exitcode",
            action="store_true",
            help="exit with 2 where there is something to do, 0 where there is nothing, 1 on errors",
        )
        applied = parts.add_parser("apply", help="store what the files say, all or nothing")
        applied.add_argument("--dry-run", action="store_true", help="as plan")
        applied.add_argument(
            "--by", metavar="E-MAIL", help="who does it, for history and audit log"
        )
        schema = parts.add_parser(
            "schema", help="write the JSON Schemas of the files into a folder"
        )
        for part in (exported, planned, applied, schema):
            part.add_argument("folder", type=Path, metavar="DIR")

    def handle(self, *, part: str, folder: Path, **options: Any) -> None:
        with domain_errors():
            match part:
                case "export":
                    self.export(folder, overwrite=options["force"])
                case "plan":
                    self.plan(folder, detailed=options["detailed_exitcode"])
                case "apply" if options["dry_run"]:
                    self.plan(folder, detailed=False)
                case "apply":
                    self.apply(folder, email=options["by"])
                case _:
                    self.schema(folder)

    def export(self, folder: Path, *, overwrite: bool) -> None:
        exported = export(folder, overwrite=overwrite)
        self.stdout.write(f"{exported.count} objects in {folder}.")
        if exported.left_out:
            raise CommandError("Left out:\n  " + "\n  ".join(exported.left_out))

    def plan(self, folder: Path, *, detailed: bool) -> None:
        now = timezone.now()
        plan = plan_of(read(folder), what_if=lambda file: of_newest_month(file.edition, now=now))
        self.stdout.write("\n".join(told(plan)))
        if plan.refused:
            raise CommandError("It would be refused.")
        if detailed and plan.changes:
            sys.exit(THERE_ARE_CHANGES)

    def apply(self, folder: Path, *, email: str | None) -> None:
        by = _person(email) if email else None
        applied = apply(read(folder), now=timezone.now(), by=by)
        for job in applied.jobs:
            tasks.wake(job)
        self.stdout.write("\n".join(_done(applied.plan)))

    def schema(self, folder: Path) -> None:
        write(folder, schemas.texts())
        self.stdout.write(f"{len(schemas.NAMES)} schemas in {folder}.")


def _person(email: str) -> User:
    user = User.objects.filter(email__iexact=email, is_active=True).first()
    if user is None:
        raise CommandError(f"There is no active user {email}.")
    return user


def _done(plan: Plan) -> list[str]:
    done = [f"{step.outcome} {step.name}" for step in plan.changes]
    return [*done, f"Applied: {len(done)} of {len(plan.steps)} objects changed."]
