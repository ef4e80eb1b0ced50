"""Several apply the same folder, or somebody works in the admin meanwhile, on PostgreSQL."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Event

import pytest
from django.db import connection, transaction

from playbooks.errors import ConfigurationRefused
from playbooks.models import PlaybookVersion, Trigger
from playbooks.services.configuration.exporting import export
from playbooks.services.playbook_records import write_trigger
from playbooks.shipped import parse_triggers
from tests.factories import NOW
from tests.playbooks.configuration import DROP, applied, change, outcomes, store_everything

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

APPLIERS = 4


def test_one_of_several_applies_and_the_others_find_it_done(tmp_path: Path) -> None:
    store_everything()
    export(tmp_path / "0")
    change(tmp_path / "0/playbooks/call.yaml", ("Listen.", "Listen more."))
    change(tmp_path / "0/editions/tea.yaml", ("red: 20", "red: 10"))
    for number in range(1, APPLIERS):
        shutil.copytree(tmp_path / "0", tmp_path / str(number))
    together = Barrier(APPLIERS)

    def run(number: int) -> int:
        try:
            together.wait()
            return len(applied(tmp_path / str(number)).plan.changes)
        finally:
            connection.close()

    with ThreadPoolExecutor(APPLIERS) as pool:
        changed = sorted(pool.map(run, range(APPLIERS)))
    assert changed == [0, 0, 0, 2]
    assert PlaybookVersion.objects.count() == 2


def test_what_somebody_saves_while_it_is_applied_is_seen(tmp_path: Path) -> None:
    """The row is held by who saves it: the plan is made after that."""
    store_everything()
    export(tmp_path)
    change(tmp_path / "triggers.yaml", ("due: 5", "due: 9"))
    (trigger,) = parse_triggers("", DROP.replace("due: 5", "due: 7"))
    saved, begun = Event(), Event()

    def save() -> None:
        with transaction.atomic():
            write_trigger(trigger, now=NOW)
            saved.set()
            begun.wait(1)  # the other one waits for this transaction meanwhile
        connection.close()

    with ThreadPoolExecutor(1) as pool:
        person = pool.submit(save)
        saved.wait()
        with pytest.raises(ConfigurationRefused, match="trigger drop was changed here"):
            applied(tmp_path)
        person.result()
    assert Trigger.objects.get().days_until_due == 7
    assert "trigger drop" not in outcomes_after_export(tmp_path)


def outcomes_after_export(folder: Path) -> dict[str, str]:
    export(folder, overwrite=True)
    return dict(outcomes(applied(folder).plan))
