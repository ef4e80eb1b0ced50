from __future__ import annotations

from django.db import models


class IdempotencyKey(models.Model):
    """What was answered to a call of the API that named a key: said again when the call is repeated.

    `answer` and `status` are there once the call is answered. `parts` is what became of the batches
    of a call that is stored in several transactions, each written in the transaction of its batch.
    """

    caller = models.CharField(max_length=80)
    key = models.CharField(max_length=255)
    method = models.CharField(max_length=10)
    path = models.CharField(max_length=500)
    body_digest = models.CharField(max_length=64)
    created_at = models.DateTimeField(db_index=True)
    status = models.PositiveSmallIntegerField(null=True)
    answer = models.TextField(blank=True)
    parts = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["caller", "key"], name="idempotency_key_once_per_caller"
            )
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"
