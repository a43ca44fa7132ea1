"""Mail on a machine without a mail server: to the console and to a folder."""

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.console import EmailBackend as ConsoleBackend
from django.core.mail.backends.filebased import EmailBackend as FileBackend


class ConsoleAndFileBackend(FileBackend):
    """Writes each mail to a file of `file_path` and to the console."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write to both; return the number of messages."""
        ConsoleBackend().send_messages(email_messages)
        return int(super().send_messages(email_messages) or 0)
