"""Loading the playbooks and triggers that ship."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from playbooks.errors import CatalogueInvalid
from playbooks.models import Playbook, PlaybookVersion, Step, Trigger
from playbooks.services import catalogue
from playbooks.services.catalogue import CatalogueCounts, current_versions, load_shipped

pytestmark = pytest.mark.django_db

SHIPPED = """
    account-handoff at-risk cd-enablement cd-expansion ci-enablement ci-expansion
    create-success-plan customer-offboarding digital-ci-enablement digital-onboarding ebr
    high-licence-utilisation low-licence-utilisation new-customer-onboarding non-engaged-customer
    plan-enablement plan-expansion product-risk risk-escalation scm-enablement scm-expansion
    security-enablement security-expansion stale-sentiment upcoming-renewal usage-data-enablement
    use-case-dropped
"""

PLAYBOOK = """
code: call
name: Call
description: Call them.
steps:
  - title: Prepare
    after: 1 business day
    instructions: Read the notes.
    questions: ["What changed?", "Who decided?"]
    links: [{title: Guide, url: "https://docs.example/guide"}]
  - title: Call
    after: 3 calendar days
    instructions: Listen.
    optional: true
"""
TRIGGERS = """
- {code: drop, name: Drop, kind: score_drop, components: [ci], cta_type: risk, reason: Dropped,
   priority: low, priority_to_red: high, due: 5 business days, playbooks: {"*": call}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "call.yaml").write_text(PLAYBOOK)
    (tmp_path / "triggers.yaml").write_text(TRIGGERS)
    return tmp_path


def test_what_ships_is_whole(now: datetime) -> None:
    assert load_shipped(now=now) == CatalogueCounts(playbooks=27, versions=27, triggers=2)
    assert sorted(current_versions()) == SHIPPED.split()
    named = {code for trigger in Trigger.objects.all() for code in trigger.playbooks.values()}
    assert named <= set(SHIPPED.split())
    assert not Step.objects.filter(instructions="").exists()


def test_loading_again_makes_nothing(now: datetime) -> None:
    load_shipped(now=now)
    assert load_shipped(now=now) == CatalogueCounts(playbooks=0, versions=0, triggers=0)


def test_steps_are_stored_as_the_file_says(folder: Path, now: datetime) -> None:
    load_shipped(now=now, folder=folder)
    version = current_versions()["call"]
    assert (version.number, version.published_at) == (1, now)
    prepare, call = version.steps.all()
    assert (prepare.days_after_start, prepare.day_kind, prepare.is_required) == (
        1,
        "business",
        True,
    )
    assert prepare.questions == "What changed?\nWho decided?"
    assert prepare.links == [{"title": "Guide", "url": "https://docs.example/guide"}]
    assert (call.days_after_start, call.day_kind, call.is_required) == (3, "calendar", False)


def test_a_changed_step_makes_a_version(folder: Path, now: datetime) -> None:
    load_shipped(now=now, folder=folder)
    (folder / "call.yaml").write_text(PLAYBOOK.replace("Listen.", "Listen more."))
    assert load_shipped(now=now, folder=folder).versions == 1
    assert current_versions()["call"].number == 2
    assert PlaybookVersion.objects.get(number=1).steps.get(position=2).instructions == "Listen."


def test_a_new_description_makes_no_version(folder: Path, now: datetime) -> None:
    load_shipped(now=now, folder=folder)
    (folder / "call.yaml").write_text(PLAYBOOK.replace("Call them.", "Call them soon."))
    assert load_shipped(now=now, folder=folder).versions == 0


def test_a_trigger_that_somebody_tuned_stays(folder: Path, now: datetime) -> None:
    load_shipped(now=now, folder=folder)
    trigger = Trigger.objects.get()
    assert (trigger.priority, trigger.priority_to_red, trigger.days_until_due) == (3, 1, 5)
    trigger.days_until_due = 9
    trigger.save()
    load_shipped(now=now, folder=folder)
    assert Trigger.objects.get().days_until_due == 9


def test_drafts_and_retired_playbooks_are_not_current(folder: Path, now: datetime) -> None:
    load_shipped(now=now, folder=folder)
    playbook = Playbook.objects.get()
    playbook.versions.create(number=2, digest="draft")
    assert current_versions()["call"].number == 1
    playbook.is_active = False
    playbook.save()
    assert current_versions() == {}


def test_current_versions_cost_two_queries(now: datetime, django_assert_num_queries) -> None:
    load_shipped(now=now)
    with django_assert_num_queries(2):
        versions = current_versions()
        assert all(list(version.steps.all()) for version in versions.values())


@pytest.mark.parametrize(
    ("find", "put", "fault"),
    [
        pytest.param("code: call", "", "call.yaml: `code` is missing", id="no code"),
        pytest.param("code: call", "code: Call me", "small letters", id="not a code"),
        pytest.param("name: Call", "name: 7", "`name` must be text", id="not text"),
        pytest.param("name: Call", f"name: {'x' * 121}", "longer than 120", id="too long"),
        pytest.param("1 business day", "soon", "step 1: `after` must look like", id="no delay"),
        pytest.param("optional: true", "optional: 1", "step 2: `optional` must be", id="no flag"),
        pytest.param("optional: true", "opt: 1", "step 2: `opt` is not known", id="unknown key"),
        pytest.param('["What changed?", "Who decided?"]', "Why?", "must be a list", id="no list"),
        pytest.param("https://docs", "http://docs", "must start with https", id="not https"),
        pytest.param("steps:", "steps: []\nmore:", "`steps` is empty", id="no steps"),
        pytest.param("steps:", "steps: 3\nmore:", "`steps` must be a list", id="steps no list"),
        pytest.param(PLAYBOOK, "- call", "expected `key: value` pairs", id="not a mapping"),
        pytest.param(PLAYBOOK, "a: [", "not YAML", id="not YAML"),
    ],
)
def test_a_bad_playbook_is_refused_with_its_place(
    folder: Path, now: datetime, find: str, put: str, fault: str
) -> None:
    (folder / "call.yaml").write_text(PLAYBOOK.replace(find, put))
    with pytest.raises(CatalogueInvalid, match=fault):
        load_shipped(now=now, folder=folder)
    assert not Playbook.objects.exists()


@pytest.mark.parametrize(
    ("find", "put", "fault"),
    [
        pytest.param('"*": call', '"*": cal', "drop: there is no playbook `cal`", id="no playbook"),
        pytest.param("score_drop", "score_rise", "`kind` must be one of", id="no such kind"),
        pytest.param("priority: low", "priority: 3", "`priority` must be one of", id="no word"),
        pytest.param("cta_type: risk, ", "", "trigger 1: `cta_type` is missing", id="no type"),
        pytest.param("[ci]", "[]", "`components` is empty", id="no components"),
        pytest.param('{"*": call}', "[call]", "`playbooks` must be pairs", id="not pairs"),
    ],
)
def test_a_bad_trigger_is_refused(
    folder: Path, now: datetime, find: str, put: str, fault: str
) -> None:
    (folder / "triggers.yaml").write_text(TRIGGERS.replace(find, put))
    with pytest.raises(CatalogueInvalid, match=fault):
        load_shipped(now=now, folder=folder)
    assert not Trigger.objects.exists()


def test_two_files_with_one_code_are_refused(folder: Path, now: datetime) -> None:
    (folder / "again.yaml").write_text(PLAYBOOK)
    with pytest.raises(CatalogueInvalid, match="`call` is used twice"):
        load_shipped(now=now, folder=folder)


def test_shipped_files_lie_beside_the_app() -> None:
    assert (catalogue.FOLDER / catalogue.TRIGGERS_FILE).is_file()
