"""The web process: pages, DRF, admin."""

import os

from django.core.wsgi import get_wsgi_application

from config.observability import shared_metrics, traces
from config.server import api_version, content_types, cross_origin, proxies
from config.version import announce

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
shared_metrics.share()
django = get_wsgi_application()

from api.bodies.middleware import WsgiRequestBodyMiddleware  # noqa: E402 -- the apps are there only now

announce("web")
traces.start("web")
application = proxies.wsgi(
    api_version.wsgi(cross_origin.wsgi(content_types.wsgi(WsgiRequestBodyMiddleware(django))))
)
