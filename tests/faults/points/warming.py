"""Whatever is loaded when it is first needed is loaded here, before the forks: no child has to do it anew."""

import logging

import openai.resources  # noqa: F401 -- the library loads it when the first picture is asked for
from django.conf import settings
from django.db import connections
from django.test import Client, override_settings
from django.test.utils import setup_test_environment

from billing.stripe import webhook_endpoint
from billing.stripe.client import client
from generation.providers import contract  # noqa: F401


def warm() -> None:
    """Load the routes, the views and the parts of Stripe's library; letters stay in memory, and nobody logs."""
    setup_test_environment()
    logging.disable(logging.WARNING)
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    override_settings(STORAGES={**settings.STORAGES, "staticfiles": plain}).enable()
    Client(raise_request_exception=False).post(webhook_endpoint.PATH, b"", content_type="application/json")
    v1 = client().v1
    for part in (v1.checkout.sessions, v1.customers, v1.events, v1.payment_intents, v1.refunds, v1.disputes):
        assert part
    connections.close_all()
