"""How gunicorn serves: the same for `manage.py serve` and for `gunicorn -c python:config.gunicorn`."""

from __future__ import annotations

from typing import Any

LOOPBACK = "127.0.0.1"  # a proxy in front ends TLS and faces the network
THREADS = 8
STOP_WITHIN = (
    30  # seconds for the requests that are under way; the embedded worker needs 15 of them
)


def options(*, port: int, log_config: dict[str, Any]) -> dict[str, Any]:
    """Settings of gunicorn by name. Its own access log is off: ours names request and user."""
    return {
        "bind": f"{LOOPBACK}:{port}",
        "worker_class": "gthread",
        "threads": THREADS,
        "graceful_timeout": STOP_WITHIN,
        "logconfig_dict": log_config,
        "control_socket_disable": True,
        "proc_name": "foothold",
    }
