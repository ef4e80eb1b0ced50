"""How near to the limits: page, API and command, on the database that the tests run on."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from config.limits import measures
from config.limits.figures import Figure, State
from tests.api import token_client
from tests.factories import make_account, make_job, make_rejected_row

pytestmark = pytest.mark.django_db

on_sqlite = pytest.mark.skipif("connection.vendor != 'sqlite'", reason="SQLite's own")


def measured(now) -> dict[str, Figure]:
    return {figure.key: figure for group in measures.groups(now) for figure in group.figures}


def test_rows_are_counted_by_table_against_the_limit(now, settings) -> None:
    settings.LIMIT_ROWS = 5
    for _ in range(4):
        make_account()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # what keeps the statistics in the long run
    rows = measured(now)["rows.accounts_account"]
    assert (rows.name, rows.used, rows.limit, rows.state) == ("Accounts", 4, 5, State.NEAR)


def test_the_eight_largest_tables_are_shown_and_all_are_known(now) -> None:
    shown = [key for key in measured(now) if key.startswith("rows.") and key != "rows.to_mend"]
    assert len(shown) == measures.TABLES_SHOWN
    assert "usage_snapshot" in measures.row_estimates()


def test_only_rows_that_nobody_has_mended_count(now) -> None:
    make_rejected_row()
    make_rejected_row(resolved_at=now)
    assert measured(now)["rows.to_mend"].used == 1


def test_the_queue_is_full_by_number_and_by_age(now, settings) -> None:
    settings.LIMIT_WAITING_JOBS = 2
    for minutes in (1, 13):
        make_job(created_at=now - timedelta(minutes=minutes))
    make_job(created_at=now - timedelta(hours=1), not_before=now + timedelta(hours=1))
    figures = measured(now)
    assert figures["queue.waiting_jobs"].state is State.OVER
    assert (figures["queue.oldest_job"].used, figures["queue.oldest_job"].state) == (
        780,
        State.NEAR,
    )


def test_an_empty_queue_is_fine(now) -> None:
    assert measured(now)["queue.oldest_job"].state is State.FINE


def test_room_that_was_granted_is_the_limit_of_the_database(now, settings) -> None:
    settings.LIMIT_DATABASE_GB = 2
    database = measured(now)["space.database"]
    assert database.limit == 2_000_000_000
    assert 0 < (database.used or 0) < 2_000_000_000


def test_a_database_on_another_machine_has_a_disk_that_is_not_known(now, monkeypatch) -> None:
    monkeypatch.setattr(measures, "_database_folder", lambda: None)
    figures = measured(now)
    assert figures["space.database"].state is State.UNKNOWN
    assert "LIMIT_DATABASE_GB" in figures["space.database"].note
    assert "space.disk" not in figures


def test_a_disk_that_is_here_is_told_with_the_room_left(now, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(measures, "_database_folder", lambda: tmp_path)
    figures = measured(now)
    disk, database = figures["space.disk"], figures["space.database"]
    assert disk.limit is not None
    assert database.limit is not None
    assert 0 < (disk.used or 0) < disk.limit
    assert database.limit <= disk.limit + (database.used or 0)


def test_a_folder_that_is_not_here_tells_nothing() -> None:
    assert measures._disk_of(Path("/nowhere/at/all")) is None


@on_sqlite
def test_the_disk_of_sqlite_is_where_its_file_lies(settings, monkeypatch, tmp_path) -> None:
    monkeypatch.setitem(settings.DATABASES["default"], "NAME", str(tmp_path / "a.sqlite3"))
    assert measures._database_folder() == tmp_path


@pytest.mark.services
@pytest.mark.parametrize(
    ("host", "is_seen"), [("127.0.0.1", True), ("/run/postgresql", True), ("db.example", False)]
)
def test_the_disk_of_postgres_is_seen_on_its_own_machine_only(
    settings, monkeypatch, host, is_seen
) -> None:
    monkeypatch.setitem(settings.DATABASES["default"], "HOST", host)
    assert (measures._database_folder() is not None) == is_seen


@pytest.mark.services
def test_connections_and_keys_are_told(now) -> None:
    figures = measured(now)
    assert (figures["connections"].used or 0) >= 1
    assert (figures["keys"].limit or 0) >= 2**31 - 1


def test_the_number_of_queries_does_not_grow(now, django_assert_max_num_queries) -> None:
    for _ in range(30):
        make_job(created_at=now)
        make_rejected_row()
    with django_assert_max_num_queries(10):
        measures.groups(now)


def test_the_page_says_what_to_do_about_what_is_near(admin_client, settings, now) -> None:
    settings.LIMIT_WAITING_JOBS = 1
    make_job(created_at=now)
    page = admin_client.get("/limits/").text
    assert "To do" in page
    assert "Start more workers" in page
    assert '<span class="state over">At the limit</span>' in page
    assert 'aria-current="page">Limits</a>' in page


def test_the_page_asks_nothing_of_anybody_while_all_is_fine(admin_client, monkeypatch) -> None:
    monkeypatch.setattr(measures, "_space", tuple)  # of the disk of whoever runs this
    page = admin_client.get("/limits/").text
    assert "To do" not in page
    assert "1200 a minute" in page


def test_only_who_configures_finds_the_page(csm_client) -> None:
    assert csm_client.get("/limits/").status_code == 403
    assert "Limits</a>" not in csm_client.get("/jobs/").text


def test_the_api_tells_the_same(admin, settings, now) -> None:
    settings.LIMIT_WAITING_JOBS = 1
    make_job(created_at=now)
    answer = token_client(admin, "read", "configure").get("/api/v1/limits/").json()
    (waiting,) = [each for each in answer["figures"] if each["key"] == "queue.waiting_jobs"]
    assert answer["state"] == "over"
    assert waiting == {
        "key": "queue.waiting_jobs",
        "group": "Queue",
        "name": "Jobs that wait",
        "used": 1,
        "limit": 1,
        "unit": "jobs",
        "percent": 100,
        "state": "over",
        "note": "",
        "advice": "Start more workers; see the Jobs page for what keeps failing.",
    }


def test_a_parameter_that_is_unknown_is_refused(admin) -> None:
    client = token_client(admin, "read", "configure")
    assert client.get("/api/v1/limits/?all=1").status_code == 400


def test_a_token_without_the_scope_learns_nothing(admin) -> None:
    assert token_client(admin, "read").get("/api/v1/limits/").status_code == 403


def test_the_command_tells_all_and_ends_well_while_all_is_fine(capsys, monkeypatch) -> None:
    monkeypatch.setattr(measures, "_space", tuple)
    monkeypatch.setattr(measures, "_connections", list)  # of whatever else runs on the machine
    call_command("limits")
    assert "Jobs that wait: 0 of 1,000 jobs" in capsys.readouterr().out


def test_the_command_fails_where_something_is_near_and_can_tell_that_only(
    capsys, settings, now
) -> None:
    settings.LIMIT_WAITING_JOBS = 1
    make_job(created_at=now)
    with pytest.raises(SystemExit) as ended:
        call_command("limits", "--quiet")
    told = capsys.readouterr().out
    assert ended.value.code == 1
    assert " 100 %  At the limit    Jobs that wait: 1 of 1 job\n        Start more workers" in told
    assert "Fine" not in told
