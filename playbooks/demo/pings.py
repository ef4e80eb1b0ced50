"""Service Ping payloads, as instances of the product send them. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from playbooks.demo.curves import Level, chance

Body = dict[str, Any]

WEEK = timedelta(days=7)
SCANNERS = (
    "secret_detection", "sast", "dependency_scanning", "container_scanning", "dast",
    "coverage_fuzzing", "api_fuzzing",
)  # fmt: skip
FIRST_RELEASE = (18, date(2025, 5, 1))  # one minor release a month, one major release a year


@dataclass(frozen=True)
class Sender:
    """Who sends: a namespace, or an installation with its hostname and license."""

    uuid: str
    hostname: str
    namespace_id: int | None
    plan: str
    seats: int
    license_md5: str = ""
    license_sha256: str = ""
    releases_behind: int = 1

    @property
    def key(self) -> str:
        return f"{self.uuid or self.namespace_id}{self.hostname}"


def weekly(sender: Sender, first: datetime, last: datetime) -> Iterator[datetime]:
    """The moments of an instance's pings: its own weekday and time, from after `first` up to `last`."""
    offset = timedelta(seconds=int(chance(f"{sender.key}:slot") * WEEK.total_seconds()))
    moment = datetime(2024, 1, 1, tzinfo=UTC) + offset
    moment += WEEK * max(0, (first - moment) // WEEK)
    while moment <= last:
        if moment > first:
            yield moment
        moment += WEEK


def is_last_of_month(moment: datetime) -> bool:
    return (moment + WEEK).month != moment.month


def body(sender: Sender, now_used: Level, recorded_at: datetime) -> Body:
    """The payload of one moment."""
    users = round(sender.seats * now_used.users)
    active = min(users, round(users * now_used.engagement))
    return {
        **_identity(sender, recorded_at),
        "license_user_count": sender.seats,
        "license_billable_users": users,
        "active_user_count": round(users * 1.03),
        "historical_max_users": round(max(users, sender.seats * 0.4) * 1.06),
        "redis_hll_counters": {"manage": {"unique_active_users_monthly": active}},
        "usage_activity_by_stage_monthly": _stages(users, active, now_used),
        "counts": _counts(users, now_used, age_months=_months(recorded_at)),
        "counts_monthly": _monthly(users, now_used),
        "settings": {
            "ldap_encrypted_secrets_enabled": False,
            "service_ping_features_enabled": True,
            "gitaly_apdex": round(0.94 + 0.05 * chance(f"{sender.key}:apdex"), 3),
        },
    }


def _identity(sender: Sender, recorded_at: datetime) -> Body:
    is_saas = sender.namespace_id is not None
    return {
        "uuid": None if is_saas else sender.uuid,
        "namespace_id": sender.namespace_id,
        "hostname": None if is_saas else sender.hostname,
        "recorded_at": recorded_at.isoformat(),
        "version": version(recorded_at, 0 if is_saas else sender.releases_behind),
        "edition": "EEU" if sender.plan == "Ultimate" else "EEP",
        "license_plan": sender.plan.lower(),
        "license_md5": sender.license_md5 or None,
        "license_sha256": sender.license_sha256 or None,
        "installation_type": "gitlab-com" if is_saas else "omnibus-gitlab",
    }


def _stages(users: int, active: int, now_used: Level) -> Body:
    pipelines = _pipelines(users, now_used)
    in_use = SCANNERS[: round(now_used.scanners)]
    scans = round(pipelines * now_used.scans)
    share = {name: scans // len(in_use) for name in in_use}
    if in_use:
        share[in_use[0]] += scans - sum(share.values())
    return {
        "manage": {"events": active, "groups": round(users * 0.3)},
        "plan": {"issues": round(active * 0.52), "notes": round(active * 0.47)},
        "create": {
            "action_monthly_active_users_project_repo": round(users * now_used.scm),
            "merge_requests": round(users * now_used.scm * 0.7),
        },
        "verify": {"ci_pipelines": round(users * min(0.9, now_used.ci / 120))},
        "package": {"projects_with_packages": round(users * 0.05)},
        "release": {"deployments": round(users * now_used.deployers)},
        "secure": {
            "user_unique_users_all_secure_scanners": round(users * now_used.scan_users),
            **{f"{name}_scans": share.get(name, 0) for name in SCANNERS},
        },
    }


def _counts(users: int, now_used: Level, *, age_months: int) -> Body:
    builds = round(users * now_used.ci)
    projects = round(users * 1.7) + 12
    return {
        "count_total_create_ci_build_monthly": builds,
        "ci_builds": builds * (6 + age_months % 48),
        "ci_runners": max(1, round(builds / 2600)) if builds else 0,
        "ci_internal_pipelines": _pipelines(users, now_used) * 9,
        "ci_external_pipelines": round(projects * now_used.jenkins * 3),
        "projects": projects,
        "projects_jenkins_active": round(projects * now_used.jenkins),
        "issues": users * 64,
        "merge_requests": users * 41,
    }


def _monthly(users: int, now_used: Level) -> Body:
    deployments = round(users * now_used.deploys)
    successful = round(deployments * now_used.success)
    return {
        "deployments": deployments,
        "successful_deployments": successful,
        "failed_deployments": deployments - successful,
        "ci_internal_pipelines": _pipelines(users, now_used),
        "projects": round(users * 0.08),
    }


def _pipelines(users: int, now_used: Level) -> int:
    return round(users * now_used.ci / 5)


def version(moment: datetime, releases_behind: int) -> str:
    major, since = FIRST_RELEASE
    behind = timedelta(days=30.4 * releases_behind)
    released = datetime.combine(since, time(), UTC)
    months = (moment - behind - released) // timedelta(days=30.44)
    return f"{major + months // 12}.{months % 12}.{months % 4}-ee"


def _months(moment: datetime) -> int:
    return moment.year * 12 + moment.month
