from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.querysets import AuditEntryQuerySet


class AuditEntry(models.Model):
    """Who did what, when and from where; triggers of the database refuse to change or delete one.

    Entries go only where a later entry says that everything before a time was purged: that one
    stays. What a row says of a person or token is copied, so that it outlives them.
    """

    at = models.DateTimeField(db_index=True)
    verb = models.CharField(max_length=60, db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.DO_NOTHING,  # an entry does not change, whatever becomes of its actor
        db_constraint=False,
        related_name="+",
    )
    actor_label = models.CharField(_("who"), max_length=255, blank=True)
    token_label = models.CharField(_("token"), max_length=160, blank=True)
    address = models.GenericIPAddressField(null=True)
    via = models.CharField(max_length=255, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    object_type = models.CharField(_("of"), max_length=80, blank=True)
    object_id = models.CharField(max_length=128, blank=True)
    object_label = models.CharField(_("what"), max_length=255, blank=True)
    detail = models.JSONField(default=dict)
    purged_before = models.DateTimeField(null=True)

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit log")
        ordering = ("-at", "-pk")
        indexes = [
            models.Index(fields=["object_type", "object_id"], name="audit_of_object"),
            models.Index(
                fields=["purged_before"],
                name="audit_purges",
                condition=models.Q(purged_before__isnull=False),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(purged_before=None) | models.Q(purged_before__lt=models.F("at")),
                name="audit_purge_is_of_the_past",
            )
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.object_label}".strip()
