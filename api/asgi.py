"""The partner surface of the live process, in front of Django."""

from api.bodies import App, Bodies
from api.openai.bare import BareApi
from api.waiting import Waiting


def live(django: App) -> App:
    """`django` behind what waits for images without its threads."""
    return BareApi(Waiting(Bodies(django)))
