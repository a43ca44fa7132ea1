"""The web process: pages, DRF, admin."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django = get_wsgi_application()

from api.bodies import WsgiBodies  # noqa: E402 -- the apps are there only now

application = WsgiBodies(django)
