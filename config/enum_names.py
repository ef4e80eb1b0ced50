"""What the OpenAPI schema calls lists of choices: each that is used more than once under a name."""

from __future__ import annotations

ENUM_NAMES = {
    "PingResultEnum": "usage.api.pings.RESULTS",
    "CaseResultEnum": "accounts.services.voice.RESULTS",
    "AdoptionGoalLevelEnum": "accounts.models.AdoptionGoal.Level",
    "NonAdoptionReasonEnum": "accounts.models.NonAdoption.Reason",
    "ActivityKindEnum": "accounts.models.TimelineActivity.Kind",
    "AccountPriorityEnum": "accounts.models.Account.Priority",
    "AlertKindEnum": "playbooks.models.ALERT_KINDS",
    "CTAPriorityEnum": "playbooks.api.records.PRIORITY_CHOICES",
    "CTATypeEnum": "playbooks.models.CTAType",
    "CTALinkKindEnum": "playbooks.models.CTALink.Kind",
    "RiskImpactEnum": "playbooks.models.RiskImpact",
    "RiskReasonEnum": "playbooks.models.RiskReason",
    "CTAStatusEnum": "playbooks.models.CallToAction.Status",
    "ClosingStatusEnum": "playbooks.api.actions.CLOSING_CHOICES",
    "ColorEnum": "usage.models.Color",
    "ColorOrNAEnum": "usage.api.scores.COLORS",
    "ConsentSourceEnum": "accounts.models.Consent.Source",
    "ConsentStateEnum": "accounts.models.Consent.State",
    "DeliveryEnum": "accounts.models.Delivery",
    "EditionStatusEnum": "usage.models.Edition.Status",
    "MetricBreakReasonEnum": "usage.models.MetricBreak.Reason",
    "OutcomeKindEnum": "accounts.models.Outcome.Kind",
    "OutcomeSourceEnum": "accounts.models.Outcome.Source",
    "OperationEnum": "usage.models.Measure.Operation",
    "LimitStateEnum": "config.limits.api.LIMIT_STATES",
    "LimitUnitEnum": "config.limits.api.LIMIT_UNITS",
    "ErrorTypeEnum": "config.openapi.ERROR_TYPES",
}
