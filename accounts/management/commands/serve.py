from __future__ import annotations

import socket
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import BaseCommand, CommandError, CommandParser, call_command
from django.core.wsgi import get_wsgi_application
from gunicorn.app.base import BaseApplication

from accounts import background, web_server
from accounts.web_server import LOOPBACK


class WebServer(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    def __init__(self, options: dict[str, Any]) -> None:
        self.options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> WSGIHandler:
        return get_wsgi_application()


class Command(BaseCommand):
    help = (
        "Serve the pages and the API on loopback. Without REDIS_URL the worker and the beat run in "
        "the same process; with it they run beside: celery -A config worker, celery -A config beat."
    )
    requires_migrations_checks = True

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=settings.PORT, help="Default: %(default)s.")

    def handle(self, *, port: int, **_options: Any) -> None:
        refuse_taken(port)
        if not settings.DEBUG:
            call_command("collectstatic", interactive=False, verbosity=0)
        self.stdout.write(f"Foothold is at http://{LOOPBACK}:{port}/ (Ctrl-C ends it).")
        if not settings.EMBEDDED:
            self.stdout.write(
                "It serves the web only: REDIS_URL is set, so run `celery -A config worker` and "
                "`celery -A config beat` beside it."
            )
        self.stdout.flush()
        WebServer(server_options(port)).run()


def refuse_taken(port: int) -> None:
    """Say in one line what gunicorn would say in a page of retries."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as taken:
            raise CommandError(
                f"Port {port} cannot be used ({taken.strerror}): end what uses it, or take another, "
                f"for example --port {port + 1}."
            ) from taken


def server_options(port: int) -> dict[str, Any]:
    options = web_server.options(port=port, log_config=settings.LOGGING) | {"workers": 2}
    if settings.EMBEDDED:
        # one process, or the others could not reach the broker in this one's memory
        options |= {
            "workers": 1,
            "post_worker_init": background.start_in,
            "worker_exit": background.stop_in,
        }
    return options
