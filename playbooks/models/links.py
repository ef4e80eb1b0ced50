"""What a call to action has to do with: an object of its account, or an address elsewhere."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Objective, Subscription, TimelineActivity, User
from playbooks.models.calls import CallToAction
from playbooks.querysets import CTALinkQuerySet

Target = Objective | Subscription | TimelineActivity | CallToAction | str
TARGETS = ("objective", "subscription", "activity", "other_cta")


def _leads_to(target: str) -> Q:
    """To this one and to nothing else."""
    return Q(url="") & reduce(
        lambda found, each: found & Q(**{f"{each}__isnull": each != target}), TARGETS, Q()
    )


class CTALink(models.Model):
    class Kind(models.TextChoices):
        OBJECTIVE = "objective", _("Objective")
        RENEWAL = "renewal", _("Renewal")
        TIMELINE = "timeline", _("Timeline entry")
        ESCALATION = "escalation", _("Escalation")
        OPPORTUNITY = "opportunity", _("Opportunity")
        OTHER = "other", _("Other")

    KINDS = {
        "objective": Kind.OBJECTIVE,
        "subscription": Kind.RENEWAL,
        "activity": Kind.TIMELINE,
        "other_cta": Kind.ESCALATION,
    }
    """What a link is that leads to an object of the account."""

    cta = models.ForeignKey(CallToAction, on_delete=models.CASCADE, related_name="links")
    account = models.ForeignKey(  # its CTA's: what large tables are distributed by
        Account, on_delete=models.CASCADE, related_name="+", db_index=False, editable=False
    )
    kind = models.CharField(max_length=20, choices=Kind)
    label = models.CharField(max_length=200, blank=True)
    url = models.CharField(max_length=500, blank=True)
    objective = models.ForeignKey(
        Objective, null=True, blank=True, on_delete=models.CASCADE, related_name="cta_links"
    )
    subscription = models.ForeignKey(
        Subscription, null=True, blank=True, on_delete=models.CASCADE, related_name="cta_links"
    )
    activity = models.ForeignKey(
        TimelineActivity, null=True, blank=True, on_delete=models.CASCADE, related_name="cta_links"
    )
    other_cta = models.ForeignKey(
        CallToAction, null=True, blank=True, on_delete=models.CASCADE, related_name="linked_from"
    )
    created_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField()

    objects: ClassVar[CTALinkQuerySet] = CTALinkQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("CTA link")
        ordering = ("cta", "pk")
        constraints = [
            models.CheckConstraint(
                condition=reduce(or_, map(_leads_to, TARGETS))
                | (
                    Q(objective=None, subscription=None, activity=None, other_cta=None)
                    & (Q(url__startswith="https://") | Q(url__startswith="http://"))
                ),
                name="cta_link_leads_to_one",
            ),
            models.UniqueConstraint(
                fields=["account", "cta", "url"], condition=~Q(url=""), name="cta_link_to_url_once"
            ),
            *(
                models.UniqueConstraint(
                    fields=["account", "cta", target],
                    condition=Q(**{f"{target}__isnull": False}),
                    name=f"cta_link_to_{target}_once",
                )
                for target in TARGETS
            ),
        ]

    def __str__(self) -> str:
        return self.words

    @property
    def words(self) -> str:
        """Its label, else what it leads to."""
        return self.label or words_of(self.target)

    @property
    def target(self) -> Target:
        """What it leads to. Costs a query where that was not selected along."""
        found = self.objective or self.subscription or self.activity or self.other_cta
        return found or self.url


def words_of(target: Target) -> str:
    """What a link says where nobody gave it a label."""
    if isinstance(target, Subscription):
        end = target.end_date
        name = f"{target.plan} {target.external_id}"
        if end is None:
            return name
        day = date_format(end, "j M Y")
        return gettext("%(subscription)s, ends %(day)s") % {"subscription": name, "day": day}
    if isinstance(target, TimelineActivity):
        happened = target.happened_at
        return f"{target.get_kind_display()}, {date_format(happened, 'j M Y')}: {target.subject}"
    return str(target)
