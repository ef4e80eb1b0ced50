"""The health scorecard of an edition: from group to measure to band, as use cases are worked on."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from usage.admin.editions import DraftInline, PartAdmin
from usage.models import Edition, HealthBand, HealthGroup, HealthMeasure


class HealthMeasureInline(DraftInline):
    model = HealthMeasure
    fields = ("position", "code", "name", "source", "weight", "overrides")


class HealthBandInline(DraftInline):
    model = HealthBand
    fields = ("color", "lower", "lower_closed", "upper", "upper_closed", "priority")


@admin.register(HealthGroup)
class HealthGroupAdmin(PartAdmin):
    list_display = ("name", "code", "edition", "position")
    list_filter = ("edition",)
    list_select_related = ("edition",)
    search_fields = ("name", "code")
    readonly_fields = ("edition",)
    inlines = (HealthMeasureInline,)


@admin.register(HealthMeasure)
class HealthMeasureAdmin(PartAdmin):
    list_display = ("name", "code", "group", "edition", "source", "weight")
    list_filter = ("group__edition", "source")
    list_select_related = ("group__edition",)
    search_fields = ("name", "code")
    readonly_fields = ("group",)
    inlines = (HealthBandInline,)

    @admin.display(description=_("edition"), ordering="group__edition")
    def edition(self, measure: HealthMeasure) -> Edition:
        return measure.group.edition


@admin.register(HealthBand)
class HealthBandAdmin(PartAdmin):
    list_display = ("color", "measure", "edition", "lower", "upper", "priority")
    list_filter = ("color", "measure__group__edition")
    list_select_related = ("measure__group__edition",)
    search_fields = ("measure__name", "measure__code")
    readonly_fields = ("measure",)

    @admin.display(description=_("edition"), ordering="measure__group__edition")
    def edition(self, band: HealthBand) -> Edition:
        return band.measure.group.edition
