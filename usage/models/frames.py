from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class KeptFrame(models.Model):
    """A frame that was read or computed, kept to be read again: a copy, good until the data changes."""

    name = models.CharField(max_length=120, primary_key=True)
    stamp = models.CharField(max_length=200, help_text=_("Of the data that it was made of."))
    made_at = models.DateTimeField()
    body = models.BinaryField(help_text=_("Arrow IPC, compressed with zstd."))

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return f"{self.name}: {self.made_at:%Y-%m-%d %H:%M}"
