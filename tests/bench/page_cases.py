# ruff: noqa: S608 - built from the constants below
"""Pages as people ask for them, each with the bare SQL of its rows and counts."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.utils import timezone

DEEP = 10_000  # rows before the deep page


@dataclass(frozen=True)
class Case:
    """A page as one person asks for it, and the statements that find its rows and counts."""

    name: str
    who: str
    path: str
    bare: tuple[str, ...]
    first: str = ""  # name of the case whose deep page this is
    deep: Callable[[Any], str] | None = None  # finds the path of a deep page


# --- The statements ---------------------------------------------------------------------------------

RUNNING = "s.start_date <= current_date AND (s.end_date IS NULL OR s.end_date >= current_date)"
AWAKE = "(c.snoozed_until IS NULL OR c.snoozed_until < current_date)"
LATE = f"{AWAKE} AND c.due_on < current_date"
WEEK = f"{AWAKE} AND c.due_on BETWEEN current_date AND current_date + 6"
DUE_TODAY = f"{AWAKE} AND c.due_on = current_date"
WOKE = f"{AWAKE} AND (c.woke_on = current_date OR c.snoozed_until = current_date - 1)"
SNOOZED = "c.snoozed_until >= current_date"
CSM = "(SELECT id FROM accounts_user WHERE email = 'csm2@bench.example')"
TEAM = "(SELECT team_id FROM accounts_user WHERE email = 'csm2@bench.example')"
OWN = f"c.owner_id = {CSM}"
TEAMS = f"c.owner_id = ANY (ARRAY(SELECT id FROM accounts_user WHERE team_id = {TEAM}))"
HAS_NAME = "UPPER(name) LIKE '%JUNIPER BANK%'"
NAMED = f"c.account_id IN (SELECT id FROM accounts_account WHERE {HAS_NAME})"
TYPES = (
    "risk", "lifecycle", "expansion", "objective", "activity", "renewal", "digital_journey",
    "escalation",
)  # fmt: skip


def queue_rows(where: str, when: str = AWAKE, *, behind: str = "true") -> str:
    """Fifty rows of a queue with all that a row says."""
    return f"""
        SELECT r.*, a.name, u.first_name, u.last_name, renewal.on, card.score, card.color, t.*
        FROM (
            SELECT c.*, COALESCE((SELECT sum(s.arr) FROM accounts_subscription s
                WHERE s.account_id = c.account_id AND {RUNNING}), 0) AS arr
            FROM playbooks_calltoaction c
            WHERE c.closed_at IS NULL AND {when} AND {where} AND {behind}
            ORDER BY c.queue_rank, c.due_on, c.id LIMIT 51
        ) r
        JOIN accounts_account a ON a.id = r.account_id
        LEFT JOIN accounts_user u ON u.id = r.owner_id
        LEFT JOIN LATERAL (SELECT min(s.end_date) AS on FROM accounts_subscription s
            WHERE s.account_id = r.account_id AND {RUNNING}) renewal ON true
        LEFT JOIN LATERAL (SELECT k.score, k.color FROM usage_scorecard k
            WHERE k.account_id = r.account_id AND k.score IS NOT NULL
            ORDER BY k.period DESC LIMIT 1) card ON true
        LEFT JOIN LATERAL (SELECT count(*), count(t.done_at) FROM playbooks_task t
            WHERE t.cta_id = r.id) t ON true"""


def queue_counts(where: str, *, is_exact: bool = False) -> str:
    """What the chips and the heading count: one's own to the last, others' to 10,001."""
    wanted = [
        AWAKE,
        LATE,
        DUE_TODAY,
        WEEK,
        WOKE,
        SNOOZED,
        *(f"{AWAKE} AND c.type = '{each}'" for each in TYPES),
    ]
    live = f"FROM playbooks_calltoaction c WHERE c.closed_at IS NULL AND {where}"
    if is_exact:
        return "SELECT " + ", ".join(f"count(*) FILTER (WHERE {each})" for each in wanted) + live
    counts = (
        f"(SELECT count(*) FROM (SELECT 1 {live} AND {each} LIMIT 10001) x)" for each in wanted
    )
    return "SELECT " + ", ".join(counts)


def behind(row: str) -> str:
    return f"(c.queue_rank, c.due_on) >= {row}"


PORTFOLIO_IDS = f"""
    SELECT a.id, COALESCE(s.arr, 0) AS arr FROM accounts_account a
    LEFT JOIN (SELECT s.account_id, sum(s.arr) AS arr FROM accounts_subscription s
        WHERE {RUNNING} GROUP BY 1) s ON s.account_id = a.id
    WHERE {{where}} ORDER BY arr DESC, UPPER(name), a.id LIMIT 51 OFFSET {{offset}}"""


def portfolio_rows(where: str = "true", offset: int = 0) -> str:
    return f"""
        SELECT a.*, r.arr, u.first_name, card.*, ctas.* FROM ({PORTFOLIO_IDS}) r
        JOIN accounts_account a ON a.id = r.id LEFT JOIN accounts_user u ON u.id = a.csm_id
        LEFT JOIN LATERAL (SELECT array_agg(k.score), array_agg(k.component_colors) FROM usage_scorecard k
            WHERE k.account_id = a.id) card ON true
        LEFT JOIN LATERAL (SELECT count(*) FROM playbooks_calltoaction c
            WHERE c.account_id = a.id AND c.closed_at IS NULL) ctas ON true""".format(
        where=where, offset=offset
    )


def portfolio_totals(where: str = "true") -> str:
    return f"""
        SELECT count(DISTINCT a.id), sum(s.arr) FROM accounts_account a
        LEFT JOIN accounts_subscription s ON s.account_id = a.id AND {RUNNING} WHERE {where}"""


CTA_RECORDS = """
    SELECT c.*, a.name, a.external_id, o.email, b.email, v.number, p.code, t.code
    FROM playbooks_calltoaction c JOIN accounts_account a ON a.id = c.account_id
    LEFT JOIN accounts_user o ON o.id = c.owner_id LEFT JOIN accounts_user b ON b.id = c.closed_by_id
    LEFT JOIN playbooks_playbookversion v ON v.id = c.playbook_version_id
    LEFT JOIN playbooks_playbook p ON p.id = v.playbook_id
    LEFT JOIN playbooks_trigger t ON t.id = c.trigger_id
    WHERE {where} ORDER BY c.id {falls} LIMIT 51"""


def cta_records(where: str = "true", falls: str = "") -> str:
    return CTA_RECORDS.format(where=where, falls=falls)


def of_account(number: str, *tables: str) -> tuple[str, ...]:
    return tuple(f"SELECT * FROM {table} WHERE account_id = {number}" for table in tables)


CUSTOMER = f"EXISTS (SELECT 1 FROM accounts_subscription s WHERE s.account_id = a.id AND {RUNNING})"
PLANLESS = "NOT EXISTS (SELECT 1 FROM accounts_successplan p WHERE p.account_id = a.id AND p.state <> 'closed')"
SPOKEN = (
    "EXISTS (SELECT 1 FROM accounts_timelineactivity t WHERE t.account_id = a.id"
    " AND t.deleted_at IS NULL AND t.kind IN ('call', 'meeting') AND t.happened_at > now() - interval '{} days')"
)
TEAM_COUNTS = (
    *(
        f"SELECT count(*) FROM accounts_account a WHERE {CUSTOMER} AND {condition}"
        for condition in (
            PLANLESS,
            f"a.priority = 1 AND NOT {SPOKEN.format(30)}",
            f"a.priority = 2 AND NOT {SPOKEN.format(60)}",
        )
    ),
    f"SELECT c.owner_id, c.type, count(*) FROM playbooks_calltoaction c WHERE c.closed_at IS NULL AND {AWAKE} GROUP BY 1, 2",
    "SELECT k.color, k.use_cases_adopted, count(*) FROM usage_scorecard k WHERE k.period >= current_date - 92 GROUP BY 1, 2",
    "SELECT count(*) FROM playbooks_calltoaction c WHERE c.closed_at IS NULL OR c.closed_at > current_date - 84",
)  # fmt: skip


def account_tabs(account: str) -> Iterator[Case]:
    """Each tab against its own rows."""
    instances = (
        "SELECT i.* FROM usage_instance i JOIN accounts_subscription s ON s.id = i.subscription_id"
        f" WHERE s.account_id = {account}"
    )
    for tab, bare in (
        ("usage", of_account(account, "usage_scorecard")),
        ("seats", of_account(account, "accounts_subscription", "usage_scorecard")),
        ("instances", (instances,)),
        ("cockpit", of_account(account, "playbooks_calltoaction", "playbooks_task")),
        ("contacts", of_account(account, "accounts_contact", "accounts_consent")),
        ("family", of_account(account, "accounts_subscription", "usage_scorecard")),
    ):
        yield Case(f"account, {tab}", "csm2", f"/accounts/{account}/{tab}/", bare)


def cases(one: Any) -> Iterator[Case]:
    """`one` finds a value in the book: keys of rows in the middle of it."""
    live = "SELECT c.id FROM playbooks_calltoaction c WHERE c.closed_at IS NULL AND"
    theirs = f"c.account_id IN (SELECT id FROM accounts_account WHERE csm_id = {CSM})"
    cta = one(f"{live} {OWN} AND {theirs} ORDER BY c.id LIMIT 1")
    account = one(f"SELECT account_id FROM playbooks_calltoaction WHERE id = {cta}")
    middle = one("SELECT max(id) / 2 FROM playbooks_calltoaction")
    for name, who, query, where in (
        ("mine", "csm2", "who=mine", OWN),
        ("mine, thousands", "csm1", "who=mine", OWN.replace("csm2", "csm1")),
        ("team", "manager", "who=team", TEAMS),
        ("all, viewer", "viewer", "who=all", "true"),
        ("all, admin", "admin", "who=all", "true"),
    ):
        counts = queue_counts(where, is_exact=name.startswith("mine"))
        yield Case(f"queue {name}", who, f"/queue/?{query}", (queue_rows(where), counts))
    for when, condition in (("late", LATE), ("week", WEEK), ("snoozed", SNOOZED)):
        bare = (queue_rows("true", condition), queue_counts("true"))
        yield Case(f"queue all, {when}", "admin", f"/queue/?who=all&when={when}", bare)
    for query, condition in (
        ("type=expansion", "c.type = 'expansion'"),
        ("type=escalation", "c.type = 'escalation'"),
        ("priority=1", "c.priority = 1"),
        ("component=ci", "c.component = 'ci'"),
        ("q=juniper+bank", NAMED),
    ):
        bare = (queue_rows(condition), queue_counts(condition))
        yield Case(f"queue all, {query}", "admin", f"/queue/?who=all&{query}", bare)
    row = one(
        f"""SELECT '(' || queue_rank || ', ''' || due_on || '''::date)' FROM playbooks_calltoaction c
        WHERE closed_at IS NULL AND {AWAKE} ORDER BY queue_rank, due_on, id LIMIT 1 OFFSET {DEEP}"""
    ) or "(9, current_date)"  # fmt: skip
    yield Case(
        "queue all, deep", "admin", "/queue/?who=all",
        (queue_rows("true", behind=behind(row)), queue_counts("true")),
        first="queue all, admin", deep=deep_queue,
    )  # fmt: skip
    yield Case(
        "account page", "csm2", f"/accounts/{account}/",
        (*of_account(account, "accounts_subscription", "usage_scorecard", "usage_transition",
                     "playbooks_calltoaction", "playbooks_task"),
         f"SELECT i.* FROM usage_instance i JOIN accounts_subscription s ON s.id = i.subscription_id"
         f" WHERE s.account_id = {account}"),
    )  # fmt: skip
    yield from account_tabs(account)
    yield Case("team", "viewer", "/team/", TEAM_COUNTS)
    yield Case(
        "team, a list", "viewer", "/team/success-plan/",
        (f"SELECT a.* FROM accounts_account a WHERE {CUSTOMER} AND {PLANLESS} ORDER BY upper(a.name), a.id LIMIT 51",
         f"SELECT count(*) FROM accounts_account a WHERE {CUSTOMER} AND {PLANLESS}"),
    )  # fmt: skip
    yield Case(
        "cta page", "csm2", f"/ctas/{cta}/",
        (cta_records(f"c.id = {cta}"), f"SELECT * FROM playbooks_task WHERE cta_id = {cta}",
         f"SELECT * FROM playbooks_ctaevent WHERE cta_id = {cta}"),
    )  # fmt: skip
    yield Case("portfolio", "admin", "/portfolio/", (portfolio_rows(), portfolio_totals()))
    yield Case(
        "portfolio, q=juniper+bank", "admin", "/portfolio/?q=juniper+bank",
        (portfolio_rows(HAS_NAME), portfolio_totals(HAS_NAME)),
    )  # fmt: skip
    mine = f"csm_id = {CSM}"
    yield Case(
        "portfolio, a csm's", "csm2", "/portfolio/?mine=1",
        (portfolio_rows(mine), portfolio_totals(mine)),
    )  # fmt: skip
    yield Case(
        "portfolio, deep", "admin", "/portfolio/",
        (portfolio_rows(offset=DEEP // 2), portfolio_totals()),
        first="portfolio", deep=deep_portfolio,
    )  # fmt: skip
    yield from records(middle)
    admin_ctas = cta_records(falls="DESC")
    yield Case("admin ctas", "admin", "/admin/playbooks/calltoaction/", (admin_ctas, COUNTED))
    found = cta_records(FOUND, "DESC")
    yield Case("admin ctas, q=", "admin", "/admin/playbooks/calltoaction/?q=juniper+bank", (found,))
    rows = "SELECT * FROM accounts_account WHERE {} ORDER BY name, id LIMIT 51"
    yield Case("admin accounts", "admin", "/admin/accounts/account/", (rows.format("true"),))
    yield Case(
        "admin accounts, q=", "admin", "/admin/accounts/account/?q=juniper+bank",
        (rows.format(HAS_NAME),),
    )  # fmt: skip


FOUND = f"""c.id IN (SELECT c.id FROM playbooks_calltoaction c WHERE {NAMED}
    UNION SELECT id FROM playbooks_calltoaction WHERE UPPER(title) LIKE '%JUNIPER BANK%')"""
COUNTED = "SELECT count(*) FROM (SELECT 1 FROM playbooks_calltoaction LIMIT 10000) x"


def records(middle: int) -> Iterator[Case]:
    """Lists of the API: first page, deep page, filters."""
    accounts = """
        SELECT a.*, u.email, t.name FROM accounts_account a LEFT JOIN accounts_user u ON u.id = a.csm_id
        LEFT JOIN accounts_team t ON t.id = a.team_id WHERE {} ORDER BY a.id LIMIT 51"""
    cards = """
        SELECT k.*, a.name FROM usage_scorecard k JOIN accounts_account a ON a.id = k.account_id
        ORDER BY k.id LIMIT 51"""
    drops = """
        SELECT k.*, a.name FROM usage_transition k JOIN accounts_account a ON a.id = k.account_id
        ORDER BY k.id LIMIT 51"""
    tasks = (
        "SELECT t.*, u.email FROM playbooks_task t LEFT JOIN accounts_user u ON u.id = t.owner_id"
    )
    for name, who, path, bare in (
        ("accounts", "viewer", "/api/v1/accounts/", accounts.format("true")),
        ("accounts, q=", "viewer", "/api/v1/accounts/?q=juniper+bank", accounts.format("UPPER(a.name) LIKE '%JUNIPER BANK%'")),
        ("accounts, a csm's", "csm2", "/api/v1/accounts/?csm=me", accounts.format(f"a.csm_id = {CSM}")),
        ("ctas", "viewer", "/api/v1/ctas/", cta_records()),
        ("ctas, live", "viewer", "/api/v1/ctas/?live=true", cta_records("c.closed_at IS NULL")),
        ("ctas, rare type", "viewer", "/api/v1/ctas/?live=true&type=escalation", cta_records("c.closed_at IS NULL AND c.type = 'escalation'")),
        ("ctas, mine", "csm2", "/api/v1/ctas/?owner=me&live=true", cta_records(f"c.closed_at IS NULL AND {OWN}")),
        ("ctas, a csm sees", "csm2", "/api/v1/ctas/", cta_records(f"c.account_id IN (SELECT id FROM accounts_account WHERE csm_id = {CSM} OR team_id = {TEAM})")),
        ("score cards", "viewer", "/api/v1/score-cards/", cards),
        ("transitions", "viewer", "/api/v1/transitions/", drops),
        ("tasks", "viewer", "/api/v1/tasks/", f"{tasks} ORDER BY t.id LIMIT 51"),
        ("tasks, mine open", "csm2", "/api/v1/tasks/?owner=me&done=false", f"{tasks} WHERE t.done_at IS NULL AND t.owner_id = {CSM} ORDER BY t.id LIMIT 51"),
    ):  # fmt: skip
        yield Case(f"api {name}", who, path, (bare,))
    yield Case(
        "api ctas, deep", "viewer", "/api/v1/ctas/", (cta_records(f"c.id > {middle}"),),
        first="api ctas", deep=lambda client: f"/api/v1/ctas/?cursor={cursor_at(middle)}",
    )  # fmt: skip


def cursor_at(key: int) -> str:
    """The place in a list of the API that a key is."""
    return quote(b64encode(f"p={key}".encode()).decode())


def deep_queue(person: Any) -> str:
    """The address of the page behind the first ten thousand rows."""
    from playbooks.queries import queue

    with pages_of(queue, DEEP):
        page = queue.Queue(person, queue.Who.ALL, timezone.now()).page(queue.QueueFilter())
    return f"/queue/?who=all&after={page.next}"


def deep_portfolio(person: Any) -> str:
    from playbooks.queries import portfolio
    from usage.queries import cards
    from usage.services import editions

    ranges = cards.forces()
    loaded = {force.edition_id: editions.load(force.edition_id) for force in ranges}
    view = portfolio.Portfolio(person, ranges, loaded, timezone.now())
    with pages_of(portfolio, DEEP // 2):
        return f"/portfolio/?after={view.page(portfolio.Filters()).next}"


@contextmanager
def pages_of(module: Any, size: int) -> Iterator[None]:
    module.PAGE, kept = size, module.PAGE
    try:
        yield
    finally:
        module.PAGE = kept
