from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand

from accounts.sessions import expiry
from api import maintenance as api_sweeper
from billing import maintenance as billing_sweeper
from generation.maintenance import recovery as generation_sweeper

SWEEPERS: dict[str, Callable[[], Any]] = {
    "generation": generation_sweeper.sweep,
    "billing": billing_sweeper.sweep,
    "api": api_sweeper.sweep,
    "accounts": expiry.sweep,
}


class Command(BaseCommand):
    help = "Fix now what the periodic sweepers fix by themselves; safe at any time."

    def handle(self, *_args: Any, **_options: Any) -> None:
        for name, sweep in SWEEPERS.items():
            self.stdout.write(f"{name}: {sweep()}")
