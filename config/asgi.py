"""The live process: server-sent events and calls that wait."""

import os

from django.core.asgi import get_asgi_application

from config import content_types

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django = get_asgi_application()

from api.asgi import live  # noqa: E402 -- the apps are there only now
from config.lost_connections import ends_when_lost  # noqa: E402
from config.request_threads import RequestThreads  # noqa: E402

application = content_types.asgi(live(RequestThreads(django), ends_when_lost))
