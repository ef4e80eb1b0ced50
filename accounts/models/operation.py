from __future__ import annotations

from django.db import models


class Heartbeat(models.Model):
    """When a part of the background work last gave a sign of life: the sweep, each worker."""

    SWEEP = "sweep"  # the beat sent it and a worker did it: both live
    WORKER = "worker "  # and the worker's own name

    name = models.CharField(max_length=120, primary_key=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return f"{self.name}: {self.at:%Y-%m-%d %H:%M:%S}"
