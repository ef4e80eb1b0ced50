"""The configuration goes into files and comes back from them."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import transaction

from accounts.models import AuditEntry, Job, User
from playbooks.errors import ExportWouldOverwrite
from playbooks.models import Playbook, PlaybookVersion, Step, Trigger
from playbooks.services import catalogue, versions
from playbooks.services.configuration.exporting import export, file_name
from playbooks.services.playbook_records import write_playbook
from playbooks.shipped import read_playbook
from tests.factories import make_edition, make_playbook, make_snapshot, make_trigger
from tests.history import history_of
from tests.playbooks.configuration import (
    CALL,
    applied,
    base_of,
    change,
    exported,
    outcomes,
    planned,
    store_everything,
    texts,
    version_numbers,
)
from usage.models import Edition, MetricDefinition, Publication
from usage.services import dictionary, editions

pytestmark = pytest.mark.django_db


def test_exporting_twice_gives_the_same_files(tmp_path: Path, now: datetime) -> None:
    store_everything()
    catalogue.load_shipped(now=now)
    first = exported(tmp_path / "a")
    assert exported(tmp_path / "b") == first
    assert exported(tmp_path / "a") == first
    assert {"state.yaml", "metrics.yaml", "triggers.yaml", "editions/tea.yaml"} <= first.keys()


def test_an_empty_installation_becomes_the_same(tmp_path: Path, now: datetime, admin: User) -> None:
    """All that ships, what was added, and an owner of a step."""
    with transaction.atomic():
        dictionary.load_shipped(now=now)
        editions.load_shipped(now=now)
        catalogue.load_shipped(now=now)
        store_everything()
        owned = CALL.replace("code: call", "code: owned").replace(
            "title: Prepare", f"title: Prepare\n    owner: {admin.email}"
        )
        write_playbook(read_playbook("owned.yaml", owned), now=now)
        MetricDefinition.objects.filter(key_path="license_plan").update(tracked=True)
        files = exported(tmp_path / "a")
        transaction.set_rollback(True)
    editions.forget()
    assert not Edition.objects.exists()
    applied(tmp_path / "a")
    assert exported(tmp_path / "b") == files
    assert texts(tmp_path / "a") == files
    assert Step.objects.get(version__playbook__code="owned", position=1).owner == admin


def test_the_edition_published_later_still_decides(tmp_path: Path, now: datetime) -> None:
    with transaction.atomic():
        tea = store_everything()
        editions.copy_as_draft(edition_id=tea.pk, name="before tea")
        other = editions.copy_as_draft(edition_id=tea.pk, name="after tea")
        for hours, edition in enumerate((other, tea, Edition.objects.get(name="before tea"))):
            editions.publish(
                edition_id=edition.pk, note="For a test.", now=now + timedelta(hours=hours)
            )
        export(tmp_path)
        transaction.set_rollback(True)
    applied(tmp_path)
    decides = [each.edition.name for each in Publication.objects.by_force()]
    assert decides == ["before tea", "tea", "after tea"]


def test_applying_what_was_exported_writes_nothing(tmp_path: Path) -> None:
    store_everything()
    files = exported(tmp_path)
    noted = AuditEntry.objects.count()
    assert outcomes(applied(tmp_path).plan) == {}
    assert AuditEntry.objects.count() == noted
    assert texts(tmp_path) == files


def test_only_additions_to_the_dictionary_are_in_files(tmp_path: Path, now: datetime) -> None:
    dictionary.load_shipped(now=now)
    assert "[]" in exported(tmp_path)["metrics.yaml"]
    row = MetricDefinition.objects.filter(tracked=False).first()
    assert row is not None
    row.tracked = True
    row.save()
    text = exported(tmp_path)["metrics.yaml"]
    assert text.count("key_path:") == 1
    assert f"key_path: {row.key_path}\n" in text
    assert "  tracked: true\n" in text


def test_everything_that_changes_is_stored_at_once(
    tmp_path: Path, now: datetime, admin: User
) -> None:
    store_everything()
    export(tmp_path)
    change(tmp_path / "editions/tea.yaml", ("red: 20", "red: 10"))
    change(
        tmp_path / "playbooks/call.yaml", ("Listen.", "Listen more."), ("name: Call", "name: Ring")
    )
    change(
        tmp_path / "triggers.yaml",
        ("due: 5", "due: 9"),
        ("name: Drop", "name: Drop\n  enabled: false"),
    )
    change(tmp_path / "metrics.yaml", ("- key_path: cups", "- key_path: cups\n  tracked: true"))
    plan = planned(tmp_path)
    assert outcomes(plan) == dict.fromkeys(
        ["metric cups", "edition tea", "playbook call", "trigger drop"], "change"
    )
    assert "-points: {red: 20, yellow: 60, green: 90}" in plan.of(plan.changes[1].outcome)[1].diff
    assert Trigger.objects.get().days_until_due == 5
    assert outcomes(applied(tmp_path, by=admin).plan) == outcomes(plan)
    assert Edition.objects.get().red_points == 10
    assert (Playbook.objects.get().name, version_numbers()) == ("Ring", [1, 2])
    assert (Trigger.objects.get().days_until_due, Trigger.objects.get().enabled) == (9, False)
    assert MetricDefinition.objects.get(key_path="cups").tracked
    assert outcomes(planned(tmp_path)) == {}
    assert outcomes(applied(tmp_path).plan) == {}


def test_a_changed_step_makes_a_version_and_the_one_before_stays(
    tmp_path: Path, now: datetime, admin: User
) -> None:
    store_everything()
    export(tmp_path)
    change(tmp_path / "playbooks/call.yaml", ("Listen.", "Listen more."))
    applied(tmp_path, by=admin)
    steps = [
        version.steps.get(position=2).instructions
        for version in PlaybookVersion.objects.order_by("number")
    ]
    assert steps == ["Listen.", "Listen more."]
    entry = AuditEntry.objects.filter(verb="playbook.published").latest("pk")
    assert (entry.actor, entry.object_label) == (admin, "Call, version 2")


def test_a_changed_name_makes_no_version(tmp_path: Path) -> None:
    store_everything()
    export(tmp_path)
    change(tmp_path / "playbooks/call.yaml", ("name: Call", "name: Ring\nactive: false"))
    applied(tmp_path)
    playbook = Playbook.objects.get()
    assert (playbook.name, playbook.is_active, version_numbers()) == ("Ring", False, [1])


def test_what_was_done_and_by_whom_is_in_history_and_audit_log(
    tmp_path: Path, now: datetime, admin: User
) -> None:
    store_everything()
    export(tmp_path)
    change(tmp_path / "triggers.yaml", ("due: 5", "due: 9"))
    applied(tmp_path, by=admin)
    newest = history_of(Trigger)[-1]
    assert (newest.history_user, newest.history_change_reason) == (admin, "configuration files")
    changed, done = AuditEntry.objects.order_by("-pk")[:2][::-1]
    assert (changed.verb, changed.actor) == ("trigger.changed", admin)
    assert changed.detail["changes"] == {"days_until_due": [5, 9]}
    assert (done.verb, done.actor) == ("configuration.applied", admin)
    assert done.detail == {"change": ["trigger drop"], "notes": {}}


def test_an_edition_is_published_by_its_file(tmp_path: Path, now: datetime, admin: User) -> None:
    store_everything()
    make_snapshot(period=now.date().replace(day=1))
    export(tmp_path)
    change(
        tmp_path / "editions/tea.yaml",
        ("size_metric", "status: published\nnote: Guests drink more.\nsize_metric"),
    )
    applied(tmp_path, by=admin)
    edition = Edition.objects.get()
    assert (edition.status, edition.published_by, edition.published_at) == ("published", admin, now)
    assert Job.objects.filter(kind="score").exists()
    done = AuditEntry.objects.get(verb="configuration.applied")
    assert done.detail["notes"] == {"tea": "Guests drink more."}
    assert outcomes(applied(tmp_path).plan) == {}


def test_an_edition_is_retired_and_published_again_by_its_file(
    tmp_path: Path, now: datetime
) -> None:
    tea = store_everything()
    editions.publish(edition_id=tea.pk, note="For a test.", now=now)
    export(tmp_path)
    change(tmp_path / "editions/tea.yaml", ("status: published", "status: retired"))
    applied(tmp_path)
    assert Edition.objects.get().status == "retired"
    change(tmp_path / "editions/tea.yaml", ("status: retired", "status: published"))
    applied(tmp_path)
    assert Edition.objects.get().status == "published"


def test_metrics_that_become_tracked_are_filled_in(tmp_path: Path, now: datetime) -> None:
    store_everything()
    make_snapshot(period=now.date().replace(day=1))
    export(tmp_path)
    change(
        tmp_path / "metrics.yaml",
        ("- key_path: cups", "- {key_path: pots, tracked: true}\n- key_path: cups"),
    )
    (job,) = applied(tmp_path).jobs
    assert (job.kind, job.params) == ("backfill_metrics", {"key_paths": ["pots"]})


def test_a_file_that_is_gone_deletes_nothing(tmp_path: Path) -> None:
    store_everything()
    export(tmp_path)
    (tmp_path / "playbooks/call.yaml").unlink()
    (tmp_path / "metrics.yaml").unlink()
    (tmp_path / "triggers.yaml").write_text("[]\n")
    plan = applied(tmp_path).plan
    assert set(outcomes(plan).values()) == {"only here"}
    assert {"playbook call", "trigger drop", "metric cups"} <= outcomes(plan).keys()
    assert (Playbook.objects.count(), Trigger.objects.count()) == (1, 1)


def test_applying_moves_the_base_so_that_the_next_change_goes_through(tmp_path: Path) -> None:
    store_everything()
    export(tmp_path)
    before = base_of(tmp_path, "triggers", "drop")
    for days in ("7", "8"):
        change(tmp_path / "triggers.yaml", ("due: ", f"due: {days} business days # "))
        applied(tmp_path)
    assert Trigger.objects.get().days_until_due == 8
    assert base_of(tmp_path, "triggers", "drop") != before


def test_comments_order_and_layout_of_a_file_are_no_change(tmp_path: Path) -> None:
    store_everything()
    export(tmp_path)
    change(
        tmp_path / "playbooks/call.yaml",
        ("code: call\nname: Call\n", "# Ours.\nname:   'Call'\ncode: call\ndescription: ''\n"),
    )
    assert outcomes(planned(tmp_path)) == {}


def test_a_definition_that_ships_may_be_changed_by_a_first_file(
    tmp_path: Path, now: datetime
) -> None:
    dictionary.load_shipped(now=now)
    store_everything()
    export(tmp_path)
    change(
        tmp_path / "metrics.yaml",
        ("- key_path: cups", "- key_path: license_plan\n  tracked: true\n- key_path: cups"),
    )
    assert outcomes(applied(tmp_path).plan) == {"metric license_plan": "change"}


def test_the_consequences_of_a_changed_edition_are_told(tmp_path: Path) -> None:
    store_everything()
    export(tmp_path)
    assert not planned(tmp_path, what_if=lambda file: [file.edition.name]).changes
    change(tmp_path / "editions/tea.yaml", ("red: 20", "red: 10"))
    change(tmp_path / "triggers.yaml", ("due: 5", "due: 9"))
    plan = planned(tmp_path, what_if=lambda file: [f"red is {file.edition.points[0]:g}"])
    assert {step.name: step.consequences for step in plan.changes} == {
        "edition tea": ("red is 10",),
        "trigger drop": (),
    }


# --- What an export leaves alone, and leaves out --------------------------------------------------


def test_what_is_not_applied_yet_is_not_overwritten(tmp_path: Path) -> None:
    store_everything()
    export(tmp_path)
    change(tmp_path / "triggers.yaml", ("due: 5", "due: 9"))
    with pytest.raises(ExportWouldOverwrite) as refused:
        export(tmp_path)
    assert refused.value.files == ["triggers.yaml"]
    assert "due: 9" in texts(tmp_path)["triggers.yaml"]
    export(tmp_path, overwrite=True)
    assert "due: 5" in texts(tmp_path)["triggers.yaml"]


def test_the_file_of_what_was_deleted_goes_and_files_of_others_stay(tmp_path: Path) -> None:
    store_everything()
    (tmp_path / "README.md").write_text("Ours.")
    (tmp_path / ".ci.yml").write_text("of: others")
    make_playbook(code="gone")
    assert "playbooks/gone.yaml" in exported(tmp_path)
    Playbook.objects.get(code="gone").delete()
    files = exported(tmp_path)
    assert "playbooks/gone.yaml" not in files
    assert {"README.md", ".ci.yml"} <= files.keys()


def test_a_draft_of_a_playbook_is_in_no_file(tmp_path: Path) -> None:
    store_everything()
    files = exported(tmp_path / "a")
    make_playbook(code="begun", published=False)
    draft = versions.new_draft(playbook_id=Playbook.objects.get(code="call").pk)
    draft.steps.all().delete()
    assert exported(tmp_path / "b") == files


def test_what_no_file_can_say_is_left_out_and_told(tmp_path: Path) -> None:
    make_trigger(code="Loud", playbooks={})
    use_case = make_edition("faulty", published=False).use_cases.first()
    assert use_case is not None
    use_case.code = "LOUD"
    use_case.save()
    result = export(tmp_path)
    assert len(result.left_out) == 2
    assert any("Loud" in text and "small letters" in text for text in result.left_out)
    assert any("faulty" in text and "use_cases.0.code" in text for text in result.left_out)
    assert "editions/faulty.yaml" not in texts(tmp_path)


def test_text_from_a_form_has_line_feeds_alone(tmp_path: Path) -> None:
    playbook = make_playbook(code="lines")
    step = playbook.versions.get().steps.get(position=1)
    step.instructions, step.questions = "One.\r\nTwo. \r\n", "Why?\r\nWhat for?"
    step.save()
    export(tmp_path)
    text = texts(tmp_path)["playbooks/lines.yaml"]
    assert "instructions: |-\n      One.\n      Two." in text
    assert "questions:\n      - Why?\n      - What for?\n" in text
    assert outcomes(applied(tmp_path).plan) == {}
    assert version_numbers("lines") == [1]


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("2025-prove", "2025-prove.yaml"),
        ("2025 copy", "2025-copy-"),
        ("../../etc/passwd", "etcpasswd-"),
        ("Tea", "tea-"),
        ("茶", "named-"),
        (".hidden", "hidden-"),
    ],
)
def test_every_name_has_a_file_that_any_system_takes(name: str, file: str) -> None:
    assert file_name(name).startswith(file)


def test_different_names_have_different_files() -> None:
    names = ("Tea", "tea", "TEA", "t e a", "t-e-a")
    assert len({file_name(name).lower() for name in names}) == len(names)
