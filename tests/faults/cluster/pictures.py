"""A person looks at what was made: Chromium, through the proxy, from the store."""

import os
import shutil

from django.conf import settings
from django.test import Client
from playwright.sync_api import sync_playwright

from accounts.models import User
from tests.faults.cluster import place

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
PATIENCE = 30_000
SHOWN = "() => [...document.querySelectorAll('main img')].filter((one) => one.complete && one.naturalWidth > 0).length"
ALL = "() => [...document.querySelectorAll('main img')].every((one) => one.complete && one.naturalWidth > 0)"


def seen(email: str) -> int:
    """How many images that person sees in the gallery; each has to be there.

    Raises:
        TimeoutError: one of them does not come.
    """
    visitor = Client()
    visitor.force_login(User.objects.get(email=email))
    cookie = visitor.cookies[settings.SESSION_COOKIE_NAME].value
    site = place.production()["BASE_URL"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path(), args=FLAGS)
        try:
            context = browser.new_context(ignore_https_errors=True, viewport={"width": 1440, "height": 900})
            context.add_cookies(
                [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": site, "secure": True}]
            )
            page = context.new_page()
            page.goto(f"{site}/gallery")
            page.wait_for_function(f"() => ({SHOWN})() > 0 && ({ALL})()", timeout=PATIENCE)
            return int(page.evaluate(SHOWN))
        finally:
            browser.close()


def path() -> str:
    """Where Chromium is; empty where there is none."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome") or ""
