"""What a person makes of a call to action: how important it is, what its risk would cost and comes from."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import translation

from accounts.models import User
from playbooks.errors import NotARisk
from playbooks.models import CallToAction, CTAType
from playbooks.services.ctas.changes import OPEN, Kind, change, log, workable_cta


@transaction.atomic
def mark_important(*, cta_id: int, is_important: bool, by: User, now: datetime) -> CallToAction:
    """Mark a live CTA as important, or no longer. What is so already changes nothing."""
    cta = workable_cta(cta_id, by)
    if cta.is_important != is_important:
        seen = {"is_important": cta.is_important}
        change(cta, while_in=OPEN, seen=seen, is_important=is_important)
        kind = Kind.MARKED_IMPORTANT if is_important else Kind.UNMARKED_IMPORTANT
        log(cta, kind, by=by, now=now)
    return cta


@transaction.atomic
def assess_risk(
    *, cta_id: int, impact: str = "", reason: str = "", by: User, now: datetime
) -> CallToAction:
    """Say what a live risk would cost and what it comes from; empty: not known. Raises NotARisk."""
    cta = workable_cta(cta_id, by)
    refuse_unless_risk(cta.type)
    was = {"risk_impact": cta.risk_impact, "risk_reason": cta.risk_reason}
    change(cta, while_in=OPEN, seen=was, risk_impact=impact, risk_reason=reason)
    with translation.override(None):  # what is stored does not depend on who did it
        said = ", ".join(
            filter(None, [cta.get_risk_impact_display(), cta.get_risk_reason_display()])
        )
    log(
        cta,
        Kind.RISK_ASSESSED,
        by=by,
        now=now,
        text=said,
        detail={"impact": impact, "reason": reason, "was": was},
    )
    return cta


def refuse_unless_risk(cta_type: str) -> None:
    if cta_type != CTAType.RISK:
        raise NotARisk(str(CTAType(cta_type).label))
