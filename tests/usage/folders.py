"""Folders of CSV files for tests of the import."""

from __future__ import annotations

from pathlib import Path

from tests.factories import NOW
from usage.services.imports import Imported, import_directory

ACCOUNTS = "external_id,name,customer_since,segment,industry,region,csm"
SUBSCRIPTIONS = "external_id,account,plan,delivery,start_date,end_date,seats,arr"
INSTANCES = "external_id,subscription,kind,deployment,hostname,created_on"

ACCOUNT = "A1,Larch Telecom,2025-01-01,growth,software,EMEA,cleo@foothold.example"
SUBSCRIPTION = "S1,A1,Ultimate,Self-Managed,2025-01-01,2027-12-31,100,50000"
INSTANCE = "u-1,S1,Production,Self-Managed,gitlab.larch.example,2025-01-05"


def write(folder: Path, name: str, *lines: str) -> None:
    (folder / name).write_text("\n".join(lines) + "\n")


def write_all(folder: Path) -> None:
    """One account with one subscription and one instance."""
    write(folder, "accounts.csv", ACCOUNTS, ACCOUNT)
    write(folder, "subscriptions.csv", SUBSCRIPTIONS, SUBSCRIPTION)
    write(folder, "instances.csv", INSTANCES, INSTANCE)


def load(folder: Path) -> Imported:
    return import_directory(folder, now=NOW)


def load_file(folder: Path, name: str, *lines: str) -> tuple[int, int, int, int]:
    """Import one file; return how many rows were created, updated, unchanged, rejected."""
    for other in folder.iterdir():
        other.unlink()
    write(folder, name, *lines)
    return counts(load(folder), name)


def counts(imported: Imported, name: str) -> tuple[int, int, int, int]:
    outcome = imported.outcomes[name]
    return outcome.created, outcome.updated, outcome.unchanged, len(outcome.rejections)
