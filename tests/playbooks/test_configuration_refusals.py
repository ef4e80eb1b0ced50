"""What is refused of configuration files, and what a person is told: file, field, line, reason, who and when."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
import time_machine

from accounts.errors import FileUnusable
from accounts.models import AuditEntry, User
from playbooks.errors import (
    CatalogueInvalid,
    ConfigurationInvalid,
    ConfigurationRefused,
    DraftInTheWay,
    StepOwnerUnknown,
)
from playbooks.models import Playbook, Trigger
from playbooks.services import versions
from playbooks.services.configuration import applying
from playbooks.services.configuration.exporting import export
from playbooks.services.configuration.folder import LARGEST_FILE
from playbooks.services.playbook_records import write_playbook, write_trigger
from playbooks.shipped import parse_triggers, read_playbook
from tests.playbooks.configuration import (
    CALL,
    DROP,
    applied,
    change,
    outcomes,
    planned,
    store_everything,
    texts,
    version_numbers,
)
from usage.models import Band, Edition, MetricDefinition
from usage.services import editions

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    store_everything()
    export(tmp_path)
    return tmp_path


def refusals(folder: Path) -> list[str]:
    """Why nothing is applied; what is stored and the folder are as before."""
    files, noted = texts(folder), AuditEntry.objects.count()
    with pytest.raises(ConfigurationRefused) as refused:
        applied(folder)
    assert (texts(folder), AuditEntry.objects.count()) == (files, noted)
    return refused.value.reasons


def faults(folder: Path) -> list[str]:
    with pytest.raises(ConfigurationInvalid) as refused:
        applied(folder)
    return refused.value.faults


# --- Changed underneath ---------------------------------------------------------------------------


def test_what_was_changed_in_the_admin_is_refused_with_who_and_when(
    folder: Path, now: datetime, admin: User
) -> None:
    change(folder / "triggers.yaml", ("due: 5", "due: 9"))
    change(folder / "playbooks/call.yaml", ("Listen.", "Listen more."))
    (trigger,) = parse_triggers("", DROP.replace("due: 5", "due: 7"))
    with time_machine.travel("2030-01-01T10:00:00Z", tick=False):
        write_trigger(trigger, now=now, by=admin)
    (reason,) = refusals(folder)
    assert reason.startswith(
        f"trigger drop was changed here by {admin.email} on 2030-01-01 at 10:00 UTC, after triggers.yaml"
    )
    assert Trigger.objects.get().days_until_due == 7
    assert version_numbers() == [1]


def test_what_changed_here_alone_is_refused_too(folder: Path, now: datetime) -> None:
    (trigger,) = parse_triggers("", DROP.replace("due: 5", "due: 7"))
    write_trigger(trigger, now=now)
    assert "by a command or a service on" in refusals(folder)[0]


@pytest.mark.parametrize("part", ["edition", "band"])
def test_a_draft_of_which_any_part_was_changed_is_refused(
    folder: Path, now: datetime, part: str
) -> None:
    row = Edition.objects.get() if part == "edition" else Band.objects.order_by("pk").first()
    assert row is not None
    if isinstance(row, Edition):
        row.description = "Another."
    else:
        row.upper_closed = not row.upper_closed
    with time_machine.travel("2030-01-01T10:00:00Z", tick=False):
        row.save()
    assert "edition tea was changed here by" in refusals(folder)[0]
    assert "2030-01-01 at 10:00" in refusals(folder)[0]


def test_changed_playbooks_and_metrics_are_refused(folder: Path, now: datetime) -> None:
    metric = MetricDefinition.objects.get(key_path="cups")
    metric.description = "Of tea."
    metric.save()
    write_playbook(read_playbook("", CALL.replace("Listen.", "Hear.")), now=now)
    metric_reason, playbook_reason = refusals(folder)
    assert metric_reason.startswith("metric cups was changed here by")
    assert playbook_reason.startswith("playbook call was changed here by")


def test_what_changed_to_what_the_file_says_is_not_refused(folder: Path, now: datetime) -> None:
    change(folder / "triggers.yaml", ("due: 5", "due: 9"))
    (trigger,) = parse_triggers("", DROP.replace("due: 5", "due: 9"))
    write_trigger(trigger, now=now)
    assert outcomes(applied(folder).plan) == {}


def test_a_file_of_unknown_origin_overwrites_nothing(folder: Path) -> None:
    (folder / "state.yaml").unlink()
    assert outcomes(planned(folder)) == {}
    change(folder / "triggers.yaml", ("due: 5", "due: 9"))
    assert refusals(folder) == [
        "trigger drop is here already, and state.yaml does not say what triggers.yaml was made from: "
        "export the configuration and make the change in that"
    ]


def test_what_is_published_does_not_change_and_the_advice_is_a_new_name(
    folder: Path, now: datetime
) -> None:
    editions.publish(edition_id=Edition.objects.get().pk, note="For a test.", now=now)
    export(folder)
    change(folder / "editions/tea.yaml", ("red: 20", "red: 10"))
    assert refusals(folder) == [
        "edition tea was published and cannot change: give the edition in editions/tea.yaml a new name"
    ]
    change(folder / "editions/tea.yaml", ("name: tea", "name: tea 2"))
    assert outcomes(applied(folder).plan) == {"edition tea 2": "create", "edition tea": "only here"}


def test_what_is_published_is_no_draft_again(folder: Path, now: datetime) -> None:
    editions.publish(edition_id=Edition.objects.get().pk, note="For a test.", now=now)
    export(folder)
    change(folder / "editions/tea.yaml", ("status: published\n", ""))
    assert "cannot be a draft again" in refusals(folder)[0]


def test_a_draft_that_somebody_works_on_is_not_passed_over(folder: Path) -> None:
    versions.new_draft(playbook_id=Playbook.objects.get().pk)
    assert outcomes(applied(folder).plan) == {}
    change(folder / "playbooks/call.yaml", ("Listen.", "Listen more."))
    assert refusals(folder) == [
        "playbook call has version 2 as a draft that somebody works on: publish or delete it first"
    ]


def test_one_refusal_stops_all(folder: Path, now: datetime) -> None:
    change(folder / "metrics.yaml", ("- key_path: cups", "- key_path: pots\n- key_path: cups"))
    (trigger,) = parse_triggers("", DROP.replace("due: 5", "due: 7"))
    write_trigger(trigger, now=now)
    assert len(refusals(folder)) == 1
    assert not MetricDefinition.objects.filter(key_path="pots").exists()


# --- All or nothing -------------------------------------------------------------------------------


def test_what_fails_at_the_end_leaves_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the process is killed before the transaction ends."""
    change(folder / "editions/tea.yaml", ("red: 20", "red: 10"))
    change(folder / "playbooks/call.yaml", ("Listen.", "Listen more."))
    change(folder / "triggers.yaml", ("due: 5", "due: 9"))
    files = texts(folder)

    def killed(*args: object, **fields: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(applying, "write_trigger", killed)
    with pytest.raises(KeyboardInterrupt):
        applied(folder)
    assert (Edition.objects.get().red_points, version_numbers()) == (20, [1])
    assert texts(folder) == files
    monkeypatch.undo()
    assert len(applied(folder).plan.changes) == 3


def test_what_is_killed_before_the_state_is_written_is_taken_up_again(folder: Path) -> None:
    change(folder / "triggers.yaml", ("due: 5", "due: 9"))
    base = (folder / "state.yaml").read_text()
    applied(folder)
    (folder / "state.yaml").write_text(base)
    assert outcomes(applied(folder).plan) == {}
    assert (folder / "state.yaml").read_text() != base


def test_a_state_that_cannot_be_written_is_told(folder: Path) -> None:
    (folder / "state.new").mkdir()
    with pytest.raises(FileUnusable, match=r"state\.yaml: cannot be written, though everything is"):
        applied(folder)


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "schemas").write_text("a file")
    with pytest.raises(FileUnusable, match="cannot be written"):
        export(tmp_path)


# --- Files that are wrong -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "find", "put", "fault"),
    [
        pytest.param(
            "editions/tea.yaml", "roll_up: sum", "roll_up: median",
            'editions/tea.yaml, line 23: use_cases.0.roll_up: "median" is not a valid choice.',
            id="a field of an edition, with its line",
        ),
        pytest.param(
            "editions/tea.yaml", "size_metric: guests\n", "", "size_metric: This field is required.",
            id="a field that is missing",
        ),
        pytest.param(
            "editions/tea.yaml", "sum: [cups]", "sum: [cups", "editions/tea.yaml: not YAML: ", id="no YAML"
        ),
        pytest.param(
            "editions/tea.yaml", "(1, 2]", "(1.5, 2]", "editions/tea.yaml: brewing.cups_per_guest: ",
            id="a gap between bands",
        ),
        pytest.param(
            "editions/tea.yaml", "sum: [cups]", "sum: [mugs]",
            "editions/tea.yaml: ", id="an unknown metric",
        ),
        pytest.param(
            "playbooks/call.yaml", "after: 1 business day", "after: soon",
            "playbooks/call.yaml, step 1: `after` must look like", id="a delay",
        ),
        pytest.param(
            "playbooks/call.yaml", "after: 1 business day", "after: 1 business day\n    owner: no@one",
            "playbooks/call.yaml: there is no user no@one, who is to get a step", id="an unknown owner",
        ),
        pytest.param(
            "triggers.yaml", "brewing: call", "brewing: cal",
            "triggers.yaml, drop: there is no playbook `cal`", id="an unknown playbook",
        ),
        pytest.param(
            "metrics.yaml", "- key_path: cups", "- key_path: ''\n- key_path: cups",
            "metrics.yaml: entry 1 key_path is missing", id="a metric without a key path",
        ),
        pytest.param(
            "metrics.yaml", "- key_path: cups", "- key_path: cups\n- key_path: cups",
            "metrics.yaml: metric cups stands in metrics.yaml", id="twice in a file",
        ),
        pytest.param("state.yaml", "drop: ", "drop: [", "state.yaml: cannot be read", id="a broken state"),
        pytest.param("state.yaml", "metrics:", "metriks:", "state.yaml: holds something", id="another state"),
        pytest.param("state.yaml", "triggers:\n  drop:", "triggers:\n ", "holds no pairs", id="no pairs"),
        pytest.param(
            "state.yaml", "publishing_order: []", "publishing_order: tea", "is no list", id="no list"
        ),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_place(
    folder: Path, file: str, find: str, put: str, fault: str
) -> None:
    change(folder / file, (find, put))
    assert any(fault in found for found in faults(folder)), faults(folder)


def test_all_faults_of_all_files_are_told_at_once(folder: Path) -> None:
    change(folder / "editions/tea.yaml", ("roll_up: sum", "roll_up: median"))
    change(folder / "playbooks/call.yaml", ("after: 1 business day", "after: soon"))
    change(folder / "triggers.yaml", ("kind: score_drop", "kind: rise"))
    assert [fault.partition(",")[0] for fault in faults(folder)] == [
        "editions/tea.yaml", "playbooks/call.yaml", "triggers.yaml",
    ]  # fmt: skip


def test_one_name_in_two_files_is_refused(folder: Path) -> None:
    (folder / "playbooks/again.yaml").write_text((folder / "playbooks/call.yaml").read_text())
    assert faults(folder) == [
        "playbooks/call.yaml: playbook call stands in playbooks/again.yaml too"
    ]


@pytest.mark.parametrize("name", ["trigger.yaml", "editions/tea.yml", "others/tea.yaml"])
def test_a_file_that_nobody_reads_is_refused(folder: Path, name: str) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text("a: 1")
    (fault,) = faults(folder)
    assert fault.startswith(f"{name}: is not known here; files are editions/*.yaml, ")


@pytest.mark.parametrize(
    "content", [b"\xff\xfe", b"#" * (LARGEST_FILE + 1)], ids=["no text", "huge"]
)
def test_a_file_that_cannot_be_read_is_told(folder: Path, content: bytes) -> None:
    (folder / "metrics.yaml").write_bytes(content)
    assert faults(folder)[0].startswith("metrics.yaml: ")


def test_a_faulty_folder_is_exported_over_by_force_alone(folder: Path) -> None:
    (folder / "triggers.yaml").write_text("a: [")
    with pytest.raises(ConfigurationInvalid):
        export(folder)
    export(folder, overwrite=True)
    assert outcomes(planned(folder)) == {}


def test_no_folder_and_an_empty_one_are_told(tmp_path: Path) -> None:
    assert faults(tmp_path / "none") == [f"{tmp_path / 'none'} is no folder"]
    assert "holds no configuration" in faults(tmp_path)[0]


def test_a_draft_that_is_faulty_here_stops_nobody(folder: Path) -> None:
    """It is being worked on; only what is to be stored must be valid."""
    Band.objects.all().delete()
    export(folder)
    change(folder / "triggers.yaml", ("due: 5", "due: 9"))
    assert outcomes(applied(folder).plan) == {"trigger drop": "change"}


# --- The services ---------------------------------------------------------------------------------


def test_a_version_is_not_made_over_a_draft(folder: Path, now: datetime) -> None:
    versions.new_draft(playbook_id=Playbook.objects.get().pk)
    with pytest.raises(DraftInTheWay, match="Call, version 2 is a draft"):
        write_playbook(read_playbook("", CALL.replace("Listen.", "Hear.")), now=now)


def test_a_step_is_not_given_to_nobody(now: datetime) -> None:
    text = CALL.replace("title: Prepare", "title: Prepare\n    owner: no@one.example")
    with pytest.raises(StepOwnerUnknown, match=r"no@one\.example"):
        write_playbook(read_playbook("", text), now=now)
    assert not Playbook.objects.exists()


def test_a_trigger_keeps_what_its_fields_may_hold(now: datetime) -> None:
    (trigger,) = parse_triggers("", DROP.replace("reason: Dropped", "reason: 'x'"))
    object.__setattr__(trigger, "cta_type", "surprise")
    with pytest.raises(CatalogueInvalid, match="cta_type: "):
        write_trigger(trigger, now=now)
