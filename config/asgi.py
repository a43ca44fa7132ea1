"""The live process: server-sent events and calls that wait."""

import os

from django.core.asgi import get_asgi_application

from config.observability import shared_metrics, traces
from config.server import api_version, content_types, cross_origin, proxies
from config.version import announce

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
shared_metrics.share()
django = get_asgi_application()

from api.asgi import with_waiting  # noqa: E402 -- the apps are there only now
from config.server.lost_connections import exit_when_connections_are_lost  # noqa: E402
from config.server.request_threads import RequestThreads  # noqa: E402

announce("live")
traces.start("live")
application = proxies.asgi(
    api_version.asgi(
        cross_origin.asgi(
            content_types.asgi(with_waiting(RequestThreads(django), exit_when_connections_are_lost))
        )
    )
)
