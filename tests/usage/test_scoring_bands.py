"""Every bound of the shipped editions, on both sides: domain tables as tests."""

from __future__ import annotations

from datetime import date

import pytest

from tests.scoring import (
    ACTIVE,
    ALL_SCANS,
    BILLABLE,
    BUILDS,
    DEPLOYING,
    DEPLOYMENTS,
    FAILED,
    GIT,
    PIPELINE_USERS,
    PIPELINES,
    SCANNING,
    SUCCESSFUL,
    Inst,
    Metrics,
    Sub,
    judged,
    shipped,
)

USERS = 10_000
EDITIONS = {name: shipped(name) for name in ("2024", "2025")}


def color(edition: str, code: str, metrics: Metrics) -> str:
    known = {BILLABLE: USERS} | dict.fromkeys(ALL_SCANS, 0) | dict(metrics)
    return judged(EDITIONS[edition], known).color(code)


def case(edition: str, code: str, metrics: Metrics, want: str, sentence: str) -> object:
    return pytest.param(edition, code, metrics, want, id=f"{edition}: {sentence}")


def share_cases(
    edition: str, code: str, metric: str, bounds: tuple[int, str, int, str], name: str
) -> list[object]:
    """Users of 10,000 at both bounds and beside them: bounds = (low, its colour, high, its colour)."""
    low, at_low, high, at_high = bounds
    return [
        case(edition, code, {metric: users}, want, f"{users} of {USERS} {name} are {want}")
        for users, want in [
            (0, "Red"), (low - 1, "Red"), (low, at_low), (low + 1, "Yellow"),
            (high - 1, "Yellow"), (high, at_high), (high + 1, "Green"),
        ]
    ]  # fmt: skip


def scans(total: int, types: int = 1) -> dict[str, int]:
    """So many scans, by the first scanner types."""
    spread = dict.fromkeys(ALL_SCANS[:types], 1)
    return spread | {ALL_SCANS[0]: total - types + 1} if types else {}


BOTH = [
    bound
    for edition in EDITIONS
    for bound in [
        *share_cases(edition, "user_engagement.active_users", ACTIVE,
                     (5_000, "Yellow", 8_000, "Green"), "users active"),
        *share_cases(edition, "cd.deploying_users", DEPLOYING,
                     (500, "Yellow", 1_200, "Yellow"), "users deploying"),
        *share_cases(edition, "security.scanner_users", SCANNING,
                     (500, "Red", 2_000, "Green"), "users of scanners"),
        *share_cases(edition, "cd.deployments_per_user", DEPLOYMENTS,
                     (20_000, "Yellow", 70_000, "Yellow"), "deployments"),
    ]
]  # fmt: skip


@pytest.mark.parametrize(
    ("edition", "code", "metrics", "want"),
    [
        *BOTH,
        *share_cases("2025", "scm.git_operations", GIT, (1_000, "Red", 3_300, "Yellow"), "users of Git"),
        *share_cases("2024", "scm.git_operations", GIT, (2_500, "Yellow", 5_000, "Green"), "users of Git"),
        *share_cases("2025", "ci.builds_per_user", BUILDS, (20_000, "Red", 400_000, "Yellow"), "builds"),
        *share_cases("2024", "ci.pipeline_users", PIPELINE_USERS, (1_000, "Red", 3_330, "Yellow"),
                     "users of pipelines"),
    ],
)  # fmt: skip
def test_bound_of_a_share_of_billable_users(
    edition: str, code: str, metrics: Metrics, want: str
) -> None:
    assert color(edition, code, metrics) == want


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize(
    ("successful", "want"),
    [
        pytest.param(2_499, "Red", id="24.99 % succeed: Red"),
        pytest.param(2_500, "Yellow", id="25 % succeed: Yellow, its lower bound is closed"),
        pytest.param(8_000, "Yellow", id="80 % succeed: Yellow, its upper bound is closed"),
        pytest.param(8_001, "Green", id="80.01 % succeed: Green"),
    ],
)
def test_bound_of_deployment_success(edition: str, successful: int, want: str) -> None:
    metrics = {SUCCESSFUL: successful, FAILED: 10_000 - successful}
    assert color(edition, "cd.deployment_success", metrics) == want


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize(
    ("total", "want"),
    [
        pytest.param(99, "Red", id="0.099 scans per pipeline: Red"),
        pytest.param(100, "Yellow", id="0.1 scans per pipeline: Yellow, closed"),
        pytest.param(500, "Yellow", id="0.5 scans per pipeline: Yellow, closed"),
        pytest.param(501, "Green", id="0.501 scans per pipeline: Green"),
    ],
)
def test_bound_of_scans_per_pipeline(edition: str, total: int, want: str) -> None:
    metrics = scans(total) | {PIPELINES: 1_000}
    assert color(edition, "security.scans_per_pipeline", metrics) == want


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize(
    ("types", "want"),
    [
        pytest.param(0, "Red", id="no scanner type: Red"),
        pytest.param(1, "Red", id="one scanner type: Red"),
        pytest.param(2, "Yellow", id="two scanner types: Yellow"),
        pytest.param(3, "Green", id="three scanner types: Green"),
        pytest.param(7, "Green", id="seven scanner types: Green"),
    ],
)
def test_bound_of_scanner_types(edition: str, types: int, want: str) -> None:
    assert color(edition, "security.scanner_types", scans(70, types)) == want


def test_a_scanner_type_that_failed_to_be_counted_makes_both_sums_na() -> None:
    metrics = scans(70, 7) | {ALL_SCANS[3]: -1, PIPELINES: 10}
    assert color("2025", "security.scanner_types", metrics) == "NA"
    assert color("2025", "security.scans_per_pipeline", metrics) == "NA"


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize(
    ("since", "users", "want"),
    [
        pytest.param(date(2026, 10, 31), 99, "NA", id="age 0: NA"),
        pytest.param(date(2026, 8, 1), 99, "NA", id="age 2: NA"),
        pytest.param(date(2026, 7, 31), 10, "Red", id="age 3, 10 % of seats: Red, closed"),
        pytest.param(date(2026, 7, 1), 11, "Yellow", id="age 3, 11 %: Yellow"),
        pytest.param(date(2026, 4, 1), 50, "Yellow", id="age 6, 50 %: Yellow, closed"),
        pytest.param(date(2026, 4, 30), 51, "Green", id="age 6, 51 %: Green"),
        pytest.param(date(2026, 3, 31), 50, "Red", id="age 7, 50 %: Red, closed"),
        pytest.param(date(2026, 3, 1), 51, "Yellow", id="age 7, 51 %: Yellow"),
        pytest.param(date(2026, 1, 31), 75, "Yellow", id="age 9, 75 %: Yellow, closed"),
        pytest.param(date(2026, 1, 1), 76, "Green", id="age 9, 76 %: Green"),
        pytest.param(date(2025, 12, 31), 75, "Red", id="age 10, 75 %: Red, there is no Yellow"),
        pytest.param(date(2025, 12, 1), 76, "Green", id="age 10, 76 %: Green"),
        pytest.param(date(2010, 1, 1), 130, "Green", id="old, over-used: Green"),
        pytest.param(date(2026, 12, 1), 99, "NA", id="customer only later: NA"),
    ],
)
def test_licence_utilisation_is_judged_by_the_age_of_the_account(
    edition: str, since: date, users: int, want: str
) -> None:
    row = judged(EDITIONS[edition], {BILLABLE: users}, sub=Sub(seats=100, since=since))
    assert row.color("license_utilization") == want
    assert row.value("license_utilization") == users / 100


@pytest.mark.parametrize(
    ("users", "want"),
    [
        pytest.param(3_300.001, "Yellow", id="0.3300001 is 0.33 in six decimals: not above it"),
        pytest.param(3_300.006, "Green", id="0.3300006 is 0.330001 in six decimals: above it"),
    ],
)
def test_a_value_is_rounded_to_six_decimals_before_a_bound(users: float, want: str) -> None:
    assert color("2025", "scm.git_operations", {GIT: users}) == want


@pytest.mark.parametrize(
    ("metrics", "value", "want"),
    [
        pytest.param({BILLABLE: 100}, None, "NA", id="missing: NA, not zero"),
        pytest.param({BILLABLE: 100, GIT: -1}, None, "NA", id="negative: it failed, NA"),
        pytest.param({BILLABLE: -1, GIT: 5}, None, "NA", id="negative denominator: NA"),
        pytest.param({GIT: 5}, None, "NA", id="missing denominator: NA"),
        pytest.param({BILLABLE: 0}, None, "NA", id="zero denominator, unknown numerator: NA"),
        pytest.param({BILLABLE: 0, GIT: 5}, 0.0, "Red", id="zero denominator, known numerator: 0"),
        pytest.param({BILLABLE: 100, GIT: 0}, 0.0, "Red", id="zero is a value: Red"),
    ],
)
def test_missing_is_not_zero(metrics: Metrics, value: float | None, want: str) -> None:
    row = judged(EDITIONS["2025"], metrics)
    assert (row.value("scm"), row.color("scm")) == (value, want)


@pytest.mark.parametrize(
    ("seats", "licensed", "value"),
    [
        pytest.param(200, 50, 0.4, id="the subscription's seats come first"),
        pytest.param(None, 50, 1.6, id="unknown seats: those of the payload's licence"),
        pytest.param(None, None, None, id="neither known: NA"),
        pytest.param(None, -1, None, id="the licence's number failed: NA"),
        pytest.param(0, 50, None, id="0 seats: NA"),
        pytest.param(None, 0, None, id="a licence of 0: NA"),
    ],
)
def test_seats_of_licence_utilisation(
    seats: float | None, licensed: float | None, value: float | None
) -> None:
    metrics = {BILLABLE: 80, "license_user_count": licensed}
    row = judged(EDITIONS["2025"], metrics, sub=Sub(seats=seats))
    assert row.value("license_utilization") == value


@pytest.mark.parametrize("total", [0, 12])
def test_scans_per_pipeline_are_na_without_pipelines(total: int) -> None:
    row = judged(
        EDITIONS["2025"], dict.fromkeys(ALL_SCANS, 0) | {ALL_SCANS[0]: total, PIPELINES: 0}
    )
    assert row.value("security.scans_per_pipeline") is None


@pytest.mark.parametrize("deployment", ["SaaS", "Dedicated"])
def test_user_engagement_is_na_where_the_vendor_runs_the_software(deployment: str) -> None:
    metrics = {BILLABLE: 100, ACTIVE: 90}
    row = judged(EDITIONS["2025"], metrics, inst=Inst(deployment=deployment))
    assert row.color("user_engagement") == "NA"
    assert row.value("user_engagement") is None


def test_security_is_na_below_ultimate() -> None:
    metrics = {BILLABLE: 100, SCANNING: 90} | scans(500, 7) | {PIPELINES: 10}
    assert judged(EDITIONS["2025"], metrics).color("security") == "Green"
    assert judged(EDITIONS["2025"], metrics, sub=Sub(plan="Premium")).color("security") == "NA"


@pytest.mark.parametrize(
    "metrics",
    [
        pytest.param({BUILDS: 1e300, BILLABLE: 1e-300}, id="the quotient"),
        pytest.param({BUILDS: float("inf"), BILLABLE: 1}, id="the metric"),
    ],
)
def test_a_number_beyond_all_measure_is_na(metrics: Metrics) -> None:
    row = judged(EDITIONS["2025"], metrics)
    assert (row.value("ci"), row.color("ci")) == (None, "NA")
    assert row.evidence["components"][3] == [None, None, "N", None]
