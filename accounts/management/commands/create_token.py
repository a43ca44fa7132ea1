from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import tokens
from accounts.models import Role, Workspace
from core.errors import Refusal


class Command(BaseCommand):
    help = "Create an API token for a workspace, in its owner's name, and print only the token."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("workspace", help="the workspace's slug")
        parser.add_argument("--name", required=True, help="a name for the token")
        parser.add_argument("--scopes", required=True, help="scopes, separated by commas")
        parser.add_argument("--test", action="store_true", help="a test token, which acts in the test world")

    def handle(self, *args: Any, **options: Any) -> None:
        workspace = Workspace.objects.filter(slug=options["workspace"]).first()
        if workspace is None:
            raise CommandError(f"There is no workspace {options['workspace']!r}.")
        owner = workspace.memberships.filter(role=Role.OWNER).select_related("user").first()
        if owner is None:
            raise CommandError(f"The workspace {workspace.slug!r} has no owner.")
        try:
            _, plaintext = tokens.issue(
                workspace,
                name=options["name"],
                scopes=[scope.strip() for scope in options["scopes"].split(",") if scope.strip()],
                user=owner.user,
                is_test=options["test"],
            )
        except Refusal as refusal:
            raise CommandError(refusal.detail) from refusal
        self.stdout.write(plaintext)
