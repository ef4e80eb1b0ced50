# ruff: noqa: S608 - built from the constants below
"""A book of business of any size in a PostgreSQL of its own, written by the database itself.

A few accounts go through the product (import, ingest, scoring); the others are copies of them with
names, owners and calls to action of their own. So a million rows take minutes, and a page finds in
them what it finds in real ones. The same for a seed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

from tests.bench.generate import Size, write
from usage.periods import format_period, month_of, shift

ROOT = Path(__file__).resolve().parent.parent.parent
TEMPLATES = 12  # accounts that go through the product
CSMS, TEAMS = 250, 25
FIRST = [
    "Northwind",
    "Larch",
    "Juniper",
    "Contoso",
    "Alder",
    "Birch",
    "Cedar",
    "Dover",
    "Elm",
    "Fabrikam",
    "Granite",
    "Harbor",
    "Iris",
    "Jasper",
    "Kestrel",
    "Linden",
    "Maple",
    "Nimbus",
    "Orchid",
    "Pine",
    "Quarry",
    "Rowan",
    "Sable",
    "Tundra",
    "Umber",
    "Vesper",
    "Willow",
    "Xenon",
    "Yarrow",
    "Zephyr",
    "Amber",
    "Basalt",
    "Cobalt",
    "Delta",
    "Ember",
    "Falcon",
    "Garnet",
    "Hazel",
    "Indigo",
    "Jade",
]
SECOND = [
    "Bank",
    "Telecom",
    "Foods",
    "Insurance",
    "Logistics",
    "Motors",
    "Energy",
    "Health",
    "Media",
    "Retail",
    "Robotics",
    "Software",
    "Steel",
    "Textiles",
    "Travel",
    "University",
    "Water",
    "Works",
    "Partners",
    "Labs",
    "Airlines",
    "Analytics",
    "Capital",
    "Chemicals",
    "Games",
]


@dataclass(frozen=True)
class Book:
    accounts: int
    ctas: int
    months: int  # of score cards
    today: date

    @property
    def last(self) -> date:
        """The newest scored month: the one before this one, whose data is all there."""
        return shift(month_of(self.today), -1)

    @property
    def span(self) -> tuple[str, ...]:
        """All its months, as commands take them."""
        first = shift(self.last, 1 - self.months)
        return "--from", format_period(first), "--to", format_period(self.last)


def today() -> date:
    return datetime.now(UTC).date()  # noqa: TID251 - the edge, before Django is set up


def server_url() -> str:
    """The PostgreSQL that DATABASE_URL names; stop without one."""
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        sys.exit("Set DATABASE_URL to a PostgreSQL: a database of its own is made beside that one.")
    return url


def fresh_database(name: str) -> str:
    """Make a database of this name anew, beside the one of DATABASE_URL; return its address."""
    url = server_url()
    with psycopg.connect(
        urlunsplit(urlsplit(url)._replace(path="/postgres")), autocommit=True
    ) as one:
        one.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        one.execute(f'CREATE DATABASE "{name}"')
    return beside(url, name)


def beside(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def manage(url: str, *command: str) -> None:
    """Run a management command in a process of its own; stop the run where it fails."""
    done = subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=ROOT,
        env={**os.environ, "DEBUG": "1", "DATABASE_URL": url, "LOG_LEVEL": "ERROR"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")


def through_the_product(url: str, book: Book, *, is_scored: bool) -> None:
    """Import and ingest the accounts that the others are copied from, and score them."""
    with tempfile.TemporaryDirectory(prefix="foothold-bench-") as name:
        folder = Path(name)
        write(folder, Size(accounts=TEMPLATES, months=book.months, last=book.last))
        manage(url, "migrate", "-v0")
        manage(url, "load_defaults")
        manage(url, "import_accounts", str(folder))
        manage(url, "ingest_usage", str(folder / "service_pings.ndjson"))
        if is_scored:
            manage(url, "score", *book.span)


def fill(url: str, book: Book) -> None:
    """Write the book with score cards and calls to action; `url` is an empty database."""
    through_the_product(url, book, is_scored=True)
    with opened(url) as connection:
        written(connection, (*_people(), *_customers(book), *_scores(), *_calls(book)))
        connection.execute("VACUUM ANALYZE")


def fill_customers(url: str, book: Book) -> None:
    """Write the book without a score, with one snapshot of each instance and month."""
    through_the_product(url, book, is_scored=False)
    with opened(url) as connection, opened(url) as other:
        written(connection, (*_people(), *_customers(book)))
        with (
            connection.cursor().copy(f"COPY ({SNAPSHOTS}) TO STDOUT") as rows,
            other.cursor().copy(f"COPY usage_snapshot ({SNAPSHOT}) FROM STDIN") as taken,
        ):
            for chunk in rows:
                taken.write(chunk)
        connection.execute("VACUUM ANALYZE")


SNAPSHOT = "instance_id, period, recorded_at, metrics"
SNAPSHOTS = """
    SELECT mine.id, s.period, s.recorded_at, s.metrics
    FROM usage_instance mine
    JOIN accounts_subscription own ON own.id = mine.subscription_id
    JOIN copied c ON c.id = own.account_id
    JOIN usage_instance i ON mine.external_id = i.external_id || '-' || c.id
    JOIN usage_snapshot s ON s.instance_id = i.id"""


def opened(url: str) -> psycopg.Connection:
    """A connection that does not wait for the disk at each statement."""
    connection = psycopg.connect(url, autocommit=True)
    connection.execute("SET synchronous_commit = off")
    return connection


def written(connection: psycopg.Connection, statements: Iterable[str]) -> None:
    for statement in statements:
        connection.execute("SELECT setseed(0.42)")
        connection.execute(statement)


def _people() -> Iterator[str]:
    """CSMs of teams, of whom the first owns thousands of accounts; one of each other role."""
    yield f"""
        INSERT INTO accounts_team (name) SELECT 'Bench team ' || n FROM generate_series(1, {TEAMS}) n"""
    columns = """email, password, first_name, last_name, is_superuser, is_staff, is_active, date_joined,
        role, team_id, time_zone, country"""
    yield f"""
        INSERT INTO accounts_user ({columns})
        SELECT 'csm' || n || '@bench.example', '!', 'Number ' || n, 'Bench', false, false, n % 50 <> 0, now(),
            'csm', (SELECT min(id) FROM accounts_team WHERE name LIKE 'Bench%') + n % {TEAMS}, 'UTC', ''
        FROM generate_series(1, {CSMS}) n"""
    yield f"""
        INSERT INTO accounts_user ({columns})
        SELECT role || '@bench.example', '!', role, 'Bench', role = 'admin', role = 'admin', true, now(),
            role, CASE role WHEN 'manager' THEN (SELECT team_id FROM accounts_user
                WHERE email = 'csm2@bench.example') END, 'UTC', ''
        FROM unnest(ARRAY['admin', 'manager', 'viewer']) role"""


def _customers(book: Book) -> Iterator[str]:
    # `origin` is the account of the product that number n is a copy of
    yield """
        CREATE TEMP TABLE origin AS
        SELECT id, row_number() OVER (ORDER BY id) - 1 AS slot FROM accounts_account"""
    yield """
        CREATE TEMP TABLE csm AS
        SELECT id, team_id, row_number() OVER (ORDER BY id) - 1 AS slot
        FROM accounts_user WHERE last_name = 'Bench' AND role = 'csm'"""
    yield f"""
        INSERT INTO accounts_account (external_id, name, customer_since, segment, industry, region,
            priority, csm_id, team_id, shares_optional_data, created_at, updated_at)
        SELECT 'C' || n,
            ({_array(FIRST)})[1 + n % {len(FIRST)}] || ' '
                || ({_array(SECOND)})[1 + n / {len(FIRST)} % {len(SECOND)}] || ' '
                || n / {len(FIRST) * len(SECOND)},
            DATE '{book.today}' - (n % 2000), a.segment, a.industry, a.region, a.priority,
            csm.id, csm.team_id, true, now(), now()
        FROM generate_series(1, {book.accounts}) n
        JOIN origin ON origin.slot = n % {TEMPLATES}
        JOIN accounts_account a ON a.id = origin.id
        LEFT JOIN csm ON csm.slot = CASE WHEN n % 25 = 0 THEN 0 WHEN n % 10 = 9 THEN NULL
            ELSE n % {CSMS} END"""
    yield f"""
        CREATE TEMP TABLE copied AS
        SELECT id, substr(external_id, 2)::int AS number,
            (SELECT id FROM origin WHERE slot = substr(external_id, 2)::int % {TEMPLATES}) AS origin_id
        FROM accounts_account WHERE external_id LIKE 'C%'"""
    yield """
        INSERT INTO accounts_subscription (external_id, account_id, plan_id, delivery, start_date,
            end_date, seats, arr)
        SELECT 'C' || s.id || '-' || c.id, c.id, s.plan_id, s.delivery, s.start_date, s.end_date,
            s.seats, round((s.arr * (0.2 + random()))::numeric, 2)
        FROM copied c JOIN accounts_subscription s ON s.account_id = c.origin_id"""
    yield """
        INSERT INTO usage_instance (external_id, hostname, subscription_id, deployment, kind,
            kind_source, is_clone, opted_out_of_health, license_md5, license_sha256, version,
            created_on, last_reported_at)
        SELECT i.external_id || '-' || c.id, 'git' || c.id || '-' || i.id || '.example',
            mine.id, i.deployment, i.kind, i.kind_source, i.is_clone, i.opted_out_of_health, '', '',
            i.version, i.created_on, i.last_reported_at
        FROM copied c
        JOIN accounts_subscription s ON s.account_id = c.origin_id
        JOIN usage_instance i ON i.subscription_id = s.id
        JOIN accounts_subscription mine ON mine.external_id = 'C' || s.id || '-' || c.id"""


def _scores() -> Iterator[str]:
    yield """
        INSERT INTO usage_scorecard (account_id, period, edition_id, score, color, component_colors,
            component_levels, component_reach, use_cases_adopted, newest_recorded_at,
            reporting_arr_share, evidence, input_hash, scored_at)
        SELECT c.id, k.period, k.edition_id, k.score, k.color, k.component_colors,
            k.component_levels, k.component_reach, k.use_cases_adopted, k.newest_recorded_at,
            k.reporting_arr_share, k.evidence, k.input_hash, k.scored_at
        FROM copied c JOIN usage_scorecard k ON k.account_id = c.origin_id"""
    yield """
        INSERT INTO usage_transition (account_id, period, edition_id, component, from_color,
            to_color, from_period, from_value, to_value, detected_at)
        SELECT c.id, t.period, t.edition_id, t.component, t.from_color, t.to_color, t.from_period,
            t.from_value, t.to_value, t.detected_at
        FROM copied c JOIN usage_transition t ON t.account_id = c.origin_id"""


def _calls(book: Book) -> Iterator[str]:
    """Three of ten live, of several types; some owned by others than the account's CSM, some by nobody."""
    now = datetime.combine(book.today, datetime.min.time(), UTC)
    yield f"""
        CREATE TEMP TABLE drawn AS
        SELECT n, c.id AS account_id, a.csm_id, random() AS kind, random() AS weight,
            random() AS owned, (random() * 90)::int AS days, random() < 0.3 AS is_live, random() < 0.05 AS sleeps
        FROM generate_series(1, {book.ctas}) n
        JOIN copied c ON c.number = 1 + n % {book.accounts}
        JOIN accounts_account a ON a.id = c.id"""
    yield f"""
        INSERT INTO playbooks_calltoaction (account_id, type, reason, title, summary, status, priority,
            component, period, owner_id, opened_at, due_on, original_due_on, snoozed_until,
            snooze_reason, closed_at, evidence, dedupe_key)
        SELECT account_id,
            CASE WHEN kind < 0.6 THEN 'risk' WHEN kind < 0.72 THEN 'lifecycle' WHEN kind < 0.84
                THEN 'expansion' WHEN kind < 0.9 THEN 'activity' WHEN kind < 0.95 THEN 'renewal'
                WHEN kind < 0.99 THEN 'digital_journey' WHEN kind < 0.998 THEN 'objective'
                ELSE 'escalation' END,
            'Usage dropped',
            (ARRAY['CI', 'SCM', 'Security', 'CD', 'Planning'])[1 + n % 5] || ' fell from Green to '
                || (ARRAY['Yellow', 'Red'])[1 + n % 2],
            '38 builds per billable user, Green is above 40',
            CASE WHEN is_live THEN (ARRAY['new', 'in_progress'])[1 + n % 2] ELSE 'success' END,
            CASE WHEN weight < 0.2 THEN 1 WHEN weight < 0.7 THEN 2 ELSE 3 END,
            (ARRAY['ci', 'scm', 'security', 'cd', ''])[1 + n % 5], DATE '{book.last}',
            CASE WHEN owned < 0.97 THEN csm_id WHEN owned < 0.99
                THEN (SELECT min(id) FROM csm) + (owned * 1e6)::int % {CSMS} END,
            TIMESTAMPTZ '{now}' - days * INTERVAL '1 day',
            DATE '{book.today}' + (60 - days), DATE '{book.today}' + (60 - days),
            CASE WHEN is_live AND sleeps THEN DATE '{book.today}' + (1 + days) END, '',
            CASE WHEN NOT is_live THEN TIMESTAMPTZ '{now}' - days * INTERVAL '1 hour' END,
            '[]', 'bench:' || n
        FROM drawn ORDER BY n"""
    yield """
        INSERT INTO playbooks_task (cta_id, account_id, position, title, instructions, questions,
            links, owner_id, due_on, is_required, done_at)
        SELECT c.id, c.account_id, p, 'Ask what changed', '', '', '[]', c.owner_id, c.due_on, true,
            c.closed_at
        FROM playbooks_calltoaction c CROSS JOIN generate_series(1, 2) p
        WHERE c.dedupe_key LIKE 'bench:%'"""
    yield """
        INSERT INTO playbooks_ctaevent (cta_id, account_id, kind, at, actor_id, text, detail)
        SELECT c.id, c.account_id, e.kind, c.opened_at, c.owner_id, 'Usage dropped', '{}'
        FROM playbooks_calltoaction c
        CROSS JOIN (VALUES ('opened'), ('started'), ('closed')) e (kind)
        WHERE c.dedupe_key LIKE 'bench:%' AND (e.kind <> 'closed' OR c.closed_at IS NOT NULL)"""


def _array(words: list[str]) -> str:
    return "ARRAY[" + ", ".join(f"'{word}'" for word in words) + "]"
