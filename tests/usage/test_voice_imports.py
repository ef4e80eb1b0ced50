"""Support cases and survey answers come in by file: idempotent, and each refused row says why."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.models import AuditEntry, SupportCase, SurveyResponse
from accounts.services.voice import CASES, Result
from tests import factories as make
from usage.services import voice

pytestmark = pytest.mark.django_db

CASE_HEADER = "external_id,account,opened_at,closed_at,priority,subject\n"
ANSWER_HEADER = "external_id,account,kind,score,answered_at,contact,comment\n"


def run(command: str, path: Path) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command(command, str(path), stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def counts(text: str) -> dict[str, int]:
    return {name: int(count) for name, count in (line.split() for line in text.splitlines()[:5])}


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    make.make_account(external_id="A-1")
    path = tmp_path / "cases.csv"
    path.write_text(
        CASE_HEADER
        + "T-1,A-1,2026-10-02T09:30:00Z,,urgent,Pipelines hang\n"
        + "T-2,A-1,2026-10-03,2026-10-04T10:00:00+02:00,,\n"
    )
    return path


def test_cases_are_stored_in_utc(cases: Path) -> None:
    out, _ = run("import_support_cases", cases)
    assert counts(out) == {"created": 2, "updated": 0, "unchanged": 0, "rejected": 0, "read": 2}
    first, second = SupportCase.objects.order_by("external_id")
    assert (first.priority, first.closed_at, first.subject) == ("urgent", None, "Pipelines hang")
    assert second.closed_at == datetime(2026, 10, 4, 8, tzinfo=UTC)


def test_the_same_file_again_changes_nothing(cases: Path) -> None:
    run("import_support_cases", cases)
    out, _ = run("import_support_cases", cases)
    assert counts(out) == {"created": 0, "updated": 0, "unchanged": 2, "rejected": 0, "read": 2}


def test_a_case_that_was_closed_since_is_updated(cases: Path) -> None:
    run("import_support_cases", cases)
    cases.write_text(
        CASE_HEADER + "T-1,A-1,2026-10-02T09:30:00Z,2026-10-09,urgent,Pipelines hang\n"
    )
    out, _ = run("import_support_cases", cases)
    assert counts(out)["updated"] == 1
    assert SupportCase.objects.get(external_id="T-1").closed_at == datetime(2026, 10, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("T-1,A-9,2026-10-02,,,", "account is unknown: 'A-9'"),
        ("T-1,A-1,yesterday,,,", "opened_at is no moment"),
        ("T-1,A-1,2026-10-02,2026-10-01,,", "closed_at is before it was opened"),
        ("T-1,A-1,2026-10-02,,blazing,", "priority is not known"),
        (",A-1,2026-10-02,,,", "external_id is missing"),
        ("T-1,A-1,2026-10-02,,", "has 5 cells where the file has 6 columns"),
    ],
)
def test_a_row_that_cannot_be_stored_says_why(cases: Path, row: str, told: str) -> None:
    cases.write_text(CASE_HEADER + row + "\nT-7,A-1,2026-10-02,,,\n")
    out, err = run("import_support_cases", cases)
    assert counts(out) == {"created": 1, "updated": 0, "unchanged": 0, "rejected": 1, "read": 2}
    assert f"line 2: {told}" in err


def test_a_case_twice_in_a_file_is_taken_once(cases: Path) -> None:
    row = "T-1,A-1,2026-10-02,,,\n"
    cases.write_text(CASE_HEADER + row + row + "T-1,A-1,2026-10-05,,,\n")
    out, err = run("import_support_cases", cases)
    assert counts(out) == {"created": 1, "updated": 0, "unchanged": 1, "rejected": 1, "read": 3}
    assert "has come on line 2 already, with other values" in err


def test_an_import_is_in_the_audit_log(cases: Path) -> None:
    run("import_support_cases", cases)
    assert AuditEntry.objects.get(verb="import.support_cases").detail["created"] == 2


def test_a_file_that_is_none_ends_the_command(tmp_path: Path) -> None:
    path = tmp_path / "empty.csv"
    path.write_text("")
    with pytest.raises(CommandError, match="it is empty"):
        run("import_support_cases", path)


def test_many_rejected_rows_are_not_all_told(cases: Path) -> None:
    cases.write_text(CASE_HEADER + "T-1,A-9,2026-10-02,,,\n" * 25)
    _, err = run("import_support_cases", cases)
    assert "and 5 more" in err


def test_columns_that_are_not_known_are_named(cases: Path) -> None:
    cases.write_text("external_id,account,opened_at,mood\nT-1,A-1,2026-10-02,good\n")
    out, _ = run("import_support_cases", cases)
    assert "were not read: mood" in out


def test_answers_know_who_gave_them_where_they_are_a_contact(tmp_path: Path) -> None:
    account = make.make_account(external_id="A-1")
    ada = make.make_contact(account=account, email="ada@larch.example")
    path = tmp_path / "answers.csv"
    path.write_text(
        ANSWER_HEADER
        + "Q-1,A-1,NPS,9,2026-10-02,Ada@Larch.example,Fine\n"
        + "Q-2,A-1,csat,5,2026-10-02,stranger@larch.example,\n"
        + "Q-3,A-1,csat,9,2026-10-02,,\n"
    )
    out, err = run("import_surveys", path)
    assert counts(out)["created"] == 2
    assert "score is out of range: csat is 1 to 5" in err
    answers = SurveyResponse.objects.order_by("external_id")
    assert [answer.contact for answer in answers] == [ada, None]


def test_nothing_is_scored_anew_where_health_is_usage_alone(cases: Path) -> None:
    make.make_edition()
    done = voice.import_file(cases, CASES, now=make.NOW)
    assert done.jobs == []
    assert done.taken.count(Result.CREATED) == 2
