"""Accounts and subscriptions from parsed rows. Call inside atomic()."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.conf import settings
from django.contrib.auth.hashers import make_password

from accounts import rows
from accounts.bulk import update_rows
from accounts.models import Account, Consent, Delivery, ErasedKey, Subscription, Team, User
from accounts.rows import Column, Record, Values
from accounts.services import consents, licenses, parents, plans
from accounts.services.tombstones import without_erased
from accounts.services.upserts import (
    KEY,
    Difference,
    Outcome,
    Target,
    chunks,
    compare,
    ids_of,
    without_repeats,
    write,
)

ACCOUNT_COLUMNS = {
    KEY: Column(rows.text_up_to(120), is_required=True),
    "name": Column(rows.text_up_to(255), is_required=True),
    "customer_since": Column(rows.day, is_required=True),
    "segment": Column(rows.text_up_to(60)),
    "industry": Column(rows.text_up_to(120)),
    "region": Column(rows.text_up_to(60)),
    "csm": Column(rows.optional_e_mail),
    "parent": Column(rows.text_up_to(120)),
    "priority": Column(rows.one_of(["1", "2"])),
    "team": Column(rows.text_up_to(120)),
}
SUBSCRIPTION_COLUMNS = {
    KEY: Column(rows.text_up_to(120), is_required=True),
    "account": Column(rows.text_up_to(120), is_required=True),
    "plan": Column(rows.text_up_to(60), is_required=True),
    "delivery": Column(rows.one_of(Delivery.values, settings.DEPLOYMENT_ALIASES), is_required=True),
    "start_date": Column(rows.day, is_required=True),
    "end_date": Column(rows.optional_day),
    "seats": Column(rows.optional_count),
    "arr": Column(rows.money),
    "license_md5": Column(rows.optional_hexadecimal(32)),
    "license_sha256": Column(rows.optional_hexadecimal(64)),
}
LICENSE_COLUMNS = ("license_md5", "license_sha256")
ACCOUNT_DEFAULTS = {
    "segment": "",
    "industry": "",
    "region": "",
    "priority": Account.Priority.STANDARD.value,
    "shares_optional_data": True,
}
SUBSCRIPTION_DEFAULTS = {"end_date": None, "seats": None, "arr": 0}


# --- accounts -------------------------------------------------------------------------------------
def import_accounts(records: Iterable[Record], outcome: Outcome, *, now: datetime) -> None:
    """Create or update accounts; CSMs and teams that are not known are made and noted."""
    kept = without_erased(without_repeats(records, outcome), outcome, ErasedKey.Kind.ACCOUNT)
    if kept and "parent" in kept[0].values:
        kept = parents.accept(kept, outcome, known=_known_parents())
    csm_ids = _csm_ids({record.values.get("csm", "") for record in kept}, outcome)
    team_ids = _team_ids({record.values.get("team", "") for record in kept}, outcome)
    wanted = {
        record.values[KEY]: _account_values(record.values, csm_ids, team_ids) for record in kept
    }
    difference = compare(Account, wanted, outcome)
    _write_accounts(difference, now=now)
    outcome.affected_account_ids |= _ids_where_changed(Account, difference, ("customer_since",))


def _account_values(values: Values, csm_ids: dict[str, int], team_ids: dict[str, int]) -> Values:
    stored = {
        name: value for name, value in values.items() if name not in {"csm", "team", "parent"}
    }
    if "csm" in values:
        stored["csm_id"] = csm_ids.get(values["csm"])
    if "team" in values:
        stored["team_id"] = team_ids.get(values["team"])
    if "parent" in values:
        stored["parent__external_id"] = values["parent"] or None
    if "priority" in values:
        stored["priority"] = int(values["priority"] or Account.Priority.STANDARD)
    return stored


def _write_accounts(difference: Difference, *, now: datetime) -> None:
    """Store rows first and their parents after them: a parent may come later in the file."""
    target = Target(Account, ACCOUNT_DEFAULTS, stamps={"created_at": now, "updated_at": now})
    parent_keys: dict[str, str | None] = {}
    for key, values in (difference.created | difference.updated).items():
        if "parent__external_id" in values:
            parent_keys[key] = values.pop("parent__external_id")

    def link_parents() -> None:
        ids = ids_of(Account, filter(None, parent_keys.values()))
        links = [(key, ids[parent] if parent else None) for key, parent in parent_keys.items()]
        update_rows(Account, links, columns=(KEY, "parent_id"), key=(KEY,))

    write(target, difference, now=now, reason="import of accounts.csv", complete=link_parents)
    for keys in chunks(list(difference.created)):
        made = ids_of(Account, keys).values()
        consents.begin(made, source=Consent.Source.IMPORT, now=now)


def _known_parents() -> dict[str, str | None]:
    return dict(Account.objects.values_list("external_id", "parent__external_id"))


def _csm_ids(e_mails: set[str], outcome: Outcome) -> dict[str, int]:
    known = {email.lower(): pk for email, pk in User.objects.values_list("email", "pk")}
    unknown = sorted(e_mails - known.keys() - {""})
    made = User.objects.bulk_create(
        User(email=email, role=User.Role.CSM, is_active=False, password=make_password(None))
        for email in unknown
    )
    outcome.notes += [f"new CSM, inactive and without a password: {email}" for email in unknown]
    return known | {user.email: user.pk for user in made}


def _team_ids(names: set[str], outcome: Outcome) -> dict[str, int]:
    known = dict(Team.objects.values_list("name", "pk"))
    unknown = sorted(names - known.keys() - {""})
    made = Team.objects.bulk_create(Team(name=name) for name in unknown)
    outcome.notes += [f"new team: {name}" for name in unknown]
    return known | {team.name: team.pk for team in made}


# --- subscriptions --------------------------------------------------------------------------------
def import_subscriptions(records: Iterable[Record], outcome: Outcome, *, now: datetime) -> None:
    """Create or update subscriptions and their licenses; plans that are not known are made."""
    kept = _of_known_accounts(without_repeats(records, outcome), outcome)
    kept = [record for record in kept if _ends_after_start(record, outcome)]
    kept = licenses.without_taken_hashes(kept, outcome)
    plan_ids, new_plans = plans.ensure(record.values["plan"] for record in kept)
    outcome.notes += [f"new plan, ranked above the others: {name}" for name in new_plans]
    account_ids = ids_of(Account, {record.values["account"] for record in kept})
    wanted = {
        record.values[KEY]: _subscription_values(record.values, plan_ids, account_ids)
        for record in kept
    }
    difference = compare(Subscription, wanted, outcome)
    write(
        Target(Subscription, SUBSCRIPTION_DEFAULTS),
        difference,
        now=now,
        reason="import of subscriptions.csv",
    )
    outcome.affected_account_ids |= _accounts_of(difference)
    outcome.moved_subscription_ids |= _ids_where_changed(Subscription, difference, ("account_id",))
    licenses.store(kept, outcome)


def _subscription_values(
    values: Values, plan_ids: dict[str, int], account_ids: dict[str, int]
) -> Values:
    relations = {
        "plan_id": plan_ids[values["plan"].lower()],
        "account_id": account_ids[values["account"]],
    }
    own = {
        name: value
        for name, value in values.items()
        if name not in {"plan", "account", *LICENSE_COLUMNS}
    }
    return own | relations


def _of_known_accounts(records: Sequence[Record], outcome: Outcome) -> list[Record]:
    known = ids_of(Account, {record.values["account"] for record in records})
    kept = []
    for record in records:
        if record.values["account"] in known:
            kept.append(record)
        else:
            outcome.reject(record, "account", f"is unknown: {record.values['account'][:80]!r}")
    return kept


def _ends_after_start(record: Record, outcome: Outcome) -> bool:
    end = record.values.get("end_date")
    if end is None or end >= record.values["start_date"]:
        return True
    outcome.reject(record, "end_date", "is before the start date")
    return False


def _accounts_of(difference: Difference) -> set[int]:
    """The accounts that the written subscriptions belong to now or belonged to before."""
    now_of = {row["account_id"] for row in (difference.created | difference.updated).values()}
    return now_of | {difference.before[key]["account_id"] for key in difference.updated}


def _ids_where_changed(
    model: type[Account | Subscription], difference: Difference, columns: Sequence[str]
) -> set[int]:
    changed = [
        key
        for key, values in difference.updated.items()
        if any(values[column] != difference.before[key][column] for column in columns)
    ]
    return {pk for chunk in chunks(changed) for pk in ids_of(model, chunk).values()}
