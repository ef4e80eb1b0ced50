"""Lives the past of the demo's book, night by night, by the services that production uses.

new customers ──> import ──> payloads ──> ingest ──> jobs ──> scores, transitions, CTAs ──> work on them
"""

from __future__ import annotations

import csv
import heapq
import itertools
import tempfile
import uuid
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import orjson

from accounts.lines import Line
from accounts.models import Account, Contact, Job, User
from accounts.services import jobs, success_plans, timeline
from accounts.services.timeline import NewActivity
from playbooks.business_days import add_business_days, local_day
from playbooks.demo import book, cast, goals, nights
from playbooks.demo.book import MONTH, Customer, Row
from playbooks.demo.errands import Errand, errands
from playbooks.demo.goals import Ambition, ambitions
from playbooks.demo.talks import Talk, talks
from playbooks.demo.work import Act, Do, Subject, acts, timed
from playbooks.models import CallToAction, PlaybookVersion, Task
from playbooks.services import ctas, demo_health, scoring
from playbooks.services.catalogue import current_versions
from playbooks.services.ctas import NewCTA
from usage.periods import shift
from usage.services import consent
from usage.services import scoring as usage_scoring
from usage.services.imports import import_directory
from usage.services.ingest import Ingestion
from usage.services.scoring import Progress, ScoreRequest

RETIRED_EDITION, RETIRED_MONTHS = "2024", 6  # has cards of the oldest months
KEYS = uuid.UUID("f0074d30-0000-4000-8000-000000000000")

Plan = Callable[[datetime], None]


class Past:
    """What happened, in order of time: nights of data, and in between what people did."""

    def __init__(
        self, customers: Sequence[Customer], people: dict[str, User], *, now: datetime, seed: int
    ) -> None:
        self._customers = customers
        self._of_account = {customer.external_id: customer for customer in customers}
        self._people = people
        self._now = now
        self._seed = seed
        self._feed = people[cast.SERVICE.email]
        self._nights = nights.nights(now)
        self._bad_night = self._nights[-3]  # on which the feed broke off and began again
        self._full_nights = {*nights.month_ends(now), now}
        self._agenda: list[tuple[datetime, int, Plan]] = []
        self._numbers = itertools.count()
        self._planned: set[int] = set()
        self._versions: dict[str, PlaybookVersion] = current_versions()

    def live_through(self, progress: Progress | None = None) -> None:
        before = nights.start(self._now)
        self._arrive([c for c in self._customers if c.customer_since <= before], before)
        for done, night in enumerate(self._nights, start=1):
            self._follow_agenda(until=night)
            self._arrive(self._customers_since(before, night), night)
            self._report(after=before, until=night)
            self._plan_work(opened_at=night)
            before = night
            if progress is not None:
                progress(done, len(self._nights))
        self._follow_agenda(until=self._now)
        self._judge_by_more_than_usage()
        self._score_by_the_retired_edition()

    # --- customers ----------------------------------------------------------------------------
    def _customers_since(self, after: datetime, until: datetime) -> list[Customer]:
        return [each for each in self._customers if after < each.customer_since <= until]

    def _arrive(self, customers: Sequence[Customer], now: datetime) -> None:
        if not customers:
            return
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            _write(folder / "accounts.csv", (each.account_row() for each in customers))
            _write(
                folder / "subscriptions.csv", (r for each in customers for r in each.subscriptions)
            )
            _write(
                folder / "instances.csv", (r for each in customers for r in each.instance_rows())
            )
            imported = import_directory(folder, now=now)
        self._run(imported.jobs, now=now)
        ids = dict(Account.objects.values_list("external_id", "pk"))
        for customer in customers:
            _store_contacts(customer, account_id=ids[customer.external_id])
            self._plan_errands(customer, account_id=ids[customer.external_id])
            self._plan_withdrawal(customer, account_id=ids[customer.external_id])
            self._plan_talks(customer, account_id=ids[customer.external_id])
            self._plan_ambitions(customer, account_id=ids[customer.external_id])

    def _plan_withdrawal(self, customer: Customer, *, account_id: int) -> None:
        since = customer.plot.opted_out_since
        if since is None:
            return
        by = self._people[cast.ADMIN.email]

        def withdraw(now: datetime) -> None:
            job = consent.withdraw(account_id=account_id, by=by, now=now).job
            self._run([job] if job else [], now=now)

        self._plan(self._now + MONTH * since, withdraw)

    # --- nights -------------------------------------------------------------------------------
    def _report(self, *, after: datetime, until: datetime) -> None:
        """Take in what came since the night before, then do what the worker and the beat would."""
        bodies = book.payloads(self._customers, after=after, until=until, now=self._now)
        texts = [orjson.dumps(body) for body in bodies]
        if until == self._bad_night:
            texts += [text[: len(text) // 2] for text in texts[-1:]]
        lines = [Line(number, text) for number, text in enumerate(texts, start=1)]
        ingestion = Ingestion(source=book.SOURCE, now=until)
        ingestion.store(lines)
        self._run(ingestion.finish(), now=until)
        if until in self._full_nights:
            nightly = scoring.enqueue_nightly(now=until)
            self._run([nightly] if nightly else [], now=until)
        ctas.wake_snoozed(now=until)

    def _run(self, queued: Iterable[Job], *, now: datetime) -> None:
        """Do queued jobs as a worker does, at their time."""
        for each in queued:
            job = jobs.claim(job_id=each.pk, now=now)
            if job is None:
                continue
            summary = scoring.run_score_job(job, clock=lambda: now)
            jobs.finish(job, summary=summary, now=now)
            Job.objects.filter(pk=job.pk).update(created_by=self._feed)

    def _judge_by_more_than_usage(self) -> None:
        """Take in what customers tell, and have the newest month scored by the edition that reads it."""
        demo_health.take_in_voices(self._customers, now=self._now)
        demo_health.put_in_force(by=self._people[cast.ADMIN.email], now=self._now)
        self._run(Job.objects.filter(state=Job.State.QUEUED).order_by("pk"), now=self._now)

    def _score_by_the_retired_edition(self) -> None:
        first = nights.first_period(self._now)
        request = ScoreRequest(first, shift(first, RETIRED_MONTHS - 1), RETIRED_EDITION)
        usage_scoring.score(request, now=self._now)

    # --- people -------------------------------------------------------------------------------
    def _plan(self, moment: datetime, plan: Plan) -> None:
        if moment <= self._now:
            heapq.heappush(self._agenda, (moment, next(self._numbers), plan))

    def _follow_agenda(self, *, until: datetime) -> None:
        while self._agenda and self._agenda[0][0] <= until:
            moment, _, plan = heapq.heappop(self._agenda)
            plan(moment)

    def _plan_errands(self, customer: Customer, *, account_id: int) -> None:
        for errand in errands(customer, now=self._now):
            self._plan_errand(errand, customer, account_id=account_id)

    def _plan_errand(self, errand: Errand, customer: Customer, *, account_id: int) -> None:
        def open_it(now: datetime) -> None:
            by = self._people[customer.csm.email] if customer.csm else None
            if by is None:
                return
            new = NewCTA(
                title=errand.title,
                type=errand.type,
                due_on=add_business_days(
                    local_day(now, by.time_zone) + timedelta(days=errand.due_in), 0, by.country
                ),
                summary=errand.summary,
                reason=errand.reason,
                priority=errand.priority,
                playbook_version=self._versions.get(errand.playbook),
                key=uuid.uuid5(KEYS, f"{customer.external_id}:{errand.playbook}"),
            )
            account = Account.objects.get(pk=account_id)
            ctas.open_cta(account=account, new=new, by=by, now=now)
            self._plan_work(opened_at=now)

        self._plan(self._now - timedelta(days=errand.days_ago), open_it)

    def _plan_talks(self, customer: Customer, *, account_id: int) -> None:
        for talk in talks(customer, now=self._now):
            moment = talk.moment(self._now, customer.external_id)
            self._plan(moment, self._noting(talk, customer, account_id=account_id))

    def _noting(self, talk: Talk, customer: Customer, *, account_id: int) -> Plan:
        def note(now: datetime) -> None:
            assert customer.csm is not None  # noqa: S101 - for the type checker: nobody else talks
            by = self._people[customer.csm.email]
            account = Account.objects.get(pk=account_id)
            new = NewActivity(
                kind=talk.kind,
                happened_at=now,
                subject=talk.subject,
                notes=talk.notes,
                sentiment=talk.sentiment,
                users=[by] if talk.guests else [],
                contacts=list(account.contacts.order_by("pk")[: talk.guests]),
                key=uuid.uuid5(KEYS, f"{customer.external_id}:{talk.kind}:{talk.days_ago}"),
            )
            timeline.log_activity(account=account, new=new, by=by, now=now)

        return note

    def _plan_ambitions(self, customer: Customer, *, account_id: int) -> None:
        for ambition in ambitions(customer, now=self._now):
            assert customer.csm is not None  # noqa: S101 - for the type checker: nobody else plans
            by = self._people[customer.csm.email]
            begins = self._beginning(ambition, account_id=account_id, by=by)
            self._plan(ambition.starts_at(self._now), begins)

    def _beginning(self, ambition: Ambition, *, account_id: int, by: User) -> Plan:
        def begin(now: datetime) -> None:
            plan = demo_health.begin_plan(ambition, account_id=account_id, by=by, now=now)
            if ambition.state == goals.DRAFT:
                return
            self._plan(now + goals.AGREED_AFTER, _moving(plan.pk, goals.ACTIVE, by=by))
            self._plan(self._now - goals.CHECKED, _checking(plan.pk, ambition, by=by))
            if ambition.state == goals.CLOSED:
                self._plan(self._now - goals.LEFT, _moving(plan.pk, goals.CLOSED, by=by))

        return begin

    def _plan_work(self, *, opened_at: datetime) -> None:
        opened = CallToAction.objects.filter(opened_at=opened_at).exclude(pk__in=self._planned)
        for cta in opened.select_related("account", "owner").order_by("pk"):
            self._planned.add(cta.pk)
            customer = self._of_account.get(cta.account.external_id)
            if customer is None or cta.owner is None:
                continue
            key = f"{cta.dedupe_key}:{opened_at:%Y-%m-%d}"
            if cta.trigger_id is None:
                key = f"{cta.account.external_id}:{cta.title}"
            subject = Subject(key, cta.type, cta.component, customer.plot.story)
            planned = acts(subject, seed=self._seed)
            for moment, act in timed(planned, opened_at=opened_at, key=key):
                self._plan(moment, _doing(act, cta_id=cta.pk, by=cta.owner))


def _moving(plan_id: int, to: str, *, by: User) -> Plan:
    def move(now: datetime) -> None:
        success_plans.move_plan(plan_id=plan_id, to=to, by=by, now=now)

    return move


def _checking(plan_id: int, ambition: Ambition, *, by: User) -> Plan:
    def check(now: datetime) -> None:
        demo_health.check_goals(plan_id, ambition.goals, by=by, now=now)

    return check


def _doing(act: Act, *, cta_id: int, by: User) -> Plan:
    def do(now: datetime) -> None:
        _do(act, cta_id=cta_id, by=by, now=now)

    return do


def _do(act: Act, *, cta_id: int, by: User, now: datetime) -> None:
    match act.do:
        case Do.START:
            ctas.start_work(cta_id=cta_id, by=by, now=now)
        case Do.COMMENT:
            ctas.comment(cta_id=cta_id, text=act.text, by=by, now=now)
        case Do.TICK:
            _tick(_open_tasks(cta_id)[:1], by=by, now=now)
        case Do.TICK_REQUIRED:
            _tick(_open_tasks(cta_id), by=by, now=now)
        case Do.SNOOZE:
            until = local_day(now, by.time_zone) + timedelta(days=act.days)
            ctas.snooze(cta_id=cta_id, until=until, reason=act.text, by=by, now=now)
        case Do.CLOSE:
            ctas.close_cta(cta_id=cta_id, status=act.status, comment=act.text, by=by, now=now)


def _open_tasks(cta_id: int) -> list[int]:
    tasks = Task.objects.filter(cta=cta_id, done_at=None, is_required=True).order_by("position")
    return list(tasks.values_list("pk", flat=True))


def _tick(task_ids: Iterable[int], *, by: User, now: datetime) -> None:
    for task_id in task_ids:
        ctas.complete_task(task_id=task_id, by=by, now=now)


def _store_contacts(customer: Customer, *, account_id: int) -> None:
    for contact in book.contacts(customer):
        Contact.objects.get_or_create(
            account_id=account_id,
            email=contact.email,
            defaults={
                "name": contact.name,
                "title": contact.title,
                "persona": contact.persona,
                "opted_out_of_surveys": contact.opted_out_of_surveys,
            },
        )


def _write(path: Path, rows: Iterable[Row]) -> None:
    table = list(rows)
    if not table:
        return
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, fieldnames=list(table[0]))
        writer.writeheader()
        writer.writerows(table)
