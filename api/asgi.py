"""The partner API's part of the live process, in front of Django."""

from api.bodies import App, Bodies
from api.openai.bare import BareApi
from api.waiting import Waiting


def live(django: App) -> App:
    """Wrap `django` in what waits for images without using its threads."""
    return BareApi(Waiting(Bodies(django)))
