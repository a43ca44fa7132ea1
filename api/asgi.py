"""The partner surface of the live process, in front of Django."""

from api.openai.bare import App, BareApi
from api.waiting import Waiting


def live(django: App) -> App:
    """`django` behind what waits for images without its threads."""
    return BareApi(Waiting(django))
