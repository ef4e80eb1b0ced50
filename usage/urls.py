from __future__ import annotations

from django.urls import path

from usage import views

app_name = "usage"
urlpatterns = [
    path("data/", views.data, name="data"),
    path("metrics/", views.metrics, name="metrics"),
    path("metrics/<int:metric_id>/", views.metric, name="metric"),
    path("metrics/<int:metric_id>/breaks/", views.record_break, name="record_break"),
    path("metric-breaks/<int:break_id>/withdraw/", views.withdraw_break, name="withdraw_break"),
    path("editions/", views.editions, name="editions"),
    path("editions/<int:edition_id>/", views.edition, name="edition"),
    path("editions/<int:edition_id>/backtest/", views.backtest, name="backtest"),
    path("editions/<int:edition_id>/backtest/start/", views.start_backtest, name="start_backtest"),
]
