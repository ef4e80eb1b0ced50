"""`manage.py config`: what it prints and with what it exits."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Job, User
from playbooks.models import Trigger
from playbooks.services.configuration import schemas
from tests.factories import make_snapshot, make_trigger
from tests.history import history_of
from tests.playbooks.configuration import change, store_everything, texts

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    store_everything()
    call_command("config", "export", str(tmp_path))
    assert capsys.readouterr().out == f"9 objects in {tmp_path}.\n"
    return tmp_path


def test_a_plan_says_what_would_change_and_writes_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change(folder / "triggers.yaml", ("due: 5", "due: 9"))
    files = texts(folder)
    call_command("config", "plan", str(folder))
    said = capsys.readouterr().out
    assert said.startswith("change    trigger drop  (triggers.yaml)\n")
    assert "\n    -due: 5 business days\n    +due: 9 business days\n" in said
    assert said.endswith(
        "Plan: 0 to create, 1 to change, 8 unchanged, 0 only here (kept), 0 refused.\n"
    )
    call_command("config", "apply", str(folder), "--dry-run")
    assert capsys.readouterr().out == said
    assert (Trigger.objects.get().days_until_due, texts(folder)) == (5, files)


def test_the_exit_code_tells_on_request_that_there_is_something_to_do(folder: Path) -> None:
    call_command("config", "plan", str(folder), "--detailed-exitcode")
    change(folder / "triggers.yaml", ("due: 5", "due: 9"))
    call_command("config", "plan", str(folder))
    with pytest.raises(SystemExit) as ended:
        call_command("config", "plan", str(folder), "--detailed-exitcode")
    assert ended.value.code == 2


def test_apply_says_what_it_did(
    folder: Path, admin: User, capsys: pytest.CaptureFixture[str]
) -> None:
    change(folder / "triggers.yaml", ("due: 5", "due: 9"))
    call_command("config", "apply", str(folder), "--by", admin.email.upper())
    assert capsys.readouterr().out == "change trigger drop\nApplied: 1 of 9 objects changed.\n"
    assert history_of(Trigger)[-1].history_user == admin
    call_command("config", "apply", str(folder))
    assert capsys.readouterr().out == "Applied: 0 of 9 objects changed.\n"


def test_what_is_refused_is_told_and_fails(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change(folder / "triggers.yaml", ("due: 5", "due: 9"))
    Trigger.objects.get().delete()
    make_trigger(code="drop", playbooks={})
    with pytest.raises(CommandError, match="would be refused"):
        call_command("config", "plan", str(folder))
    assert "refuse    trigger drop: was changed here by" in capsys.readouterr().out
    with pytest.raises(CommandError, match="Nothing was applied:\n  trigger drop was changed"):
        call_command("config", "apply", str(folder))


def test_somebody_who_is_not_there_applies_nothing(folder: Path) -> None:
    change(folder / "triggers.yaml", ("due: 5", "due: 9"))
    with pytest.raises(CommandError, match=r"no active user no@one\.example"):
        call_command("config", "apply", str(folder), "--by", "no@one.example")
    assert Trigger.objects.get().days_until_due == 5


def test_what_is_left_out_of_an_export_fails_it(tmp_path: Path) -> None:
    make_trigger(code="Loud", playbooks={})
    with pytest.raises(CommandError, match="Left out:\n  trigger Loud"):
        call_command("config", "export", str(tmp_path))
    assert "state.yaml" in texts(tmp_path)


def test_export_overwrites_by_force_alone(folder: Path) -> None:
    change(folder / "triggers.yaml", ("due: 5", "due: 9"))
    with pytest.raises(CommandError, match=r"Not applied yet, and not to be lost: triggers\.yaml"):
        call_command("config", "export", str(folder))
    call_command("config", "export", str(folder), "--force")
    assert "due: 5" in texts(folder)["triggers.yaml"]


def test_metrics_that_become_tracked_wake_a_worker(
    folder: Path, post_office: None, django_capture_on_commit_callbacks
) -> None:
    make_snapshot()
    change(folder / "metrics.yaml", ("- key_path: cups", "- key_path: cups\n  tracked: true"))
    change(
        folder / "metrics.yaml",
        ("- key_path: guests", "- {key_path: pots, tracked: true}\n- key_path: guests"),
    )
    with django_capture_on_commit_callbacks(execute=True):
        call_command("config", "apply", str(folder))
    assert Job.objects.get(kind="backfill_metrics").state == Job.State.DONE


def test_schemas_are_written_where_they_are_wanted(tmp_path: Path) -> None:
    call_command("config", "schema", str(tmp_path / "new"))
    assert texts(tmp_path / "new") == schemas.texts()
