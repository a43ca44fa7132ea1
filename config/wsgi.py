"""The web process: pages, DRF, admin."""

import os

from django.core.wsgi import get_wsgi_application

from config import content_types

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django = get_wsgi_application()

from api.bodies import WsgiBodies  # noqa: E402 -- the apps are there only now

application = content_types.wsgi(WsgiBodies(django))
