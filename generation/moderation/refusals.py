"""Wording of refusals: who stopped an image, when, and for what. All pages, both APIs and mails use it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from generation.models import Image, Reason

PRECHECK = "precheck"
"""Value of `Image.detail["by"]` if our own check stopped it; left out if the provider did."""
MODERATED = (Reason.MODERATION_INPUT, Reason.MODERATION_OUTPUT)

CATEGORIES: Mapping[str, str] = {
    "harassment": "harassment",
    "harassment/threatening": "threats",
    "hate": "hatred",
    "hate/threatening": "hatred with threats",
    "illicit": "wrongdoing",
    "illicit/violent": "violent wrongdoing",
    "self-harm": "self-harm",
    "self-harm/intent": "intent to self-harm",
    "self-harm/instructions": "instructions for self-harm",
    "sexual": "sexual content",
    "sexual/minors": "minors in a sexual context",
    "violence": "violence",
    "violence/graphic": "graphic injury",
    "copyright": "protected works",
    "ip": "protected works",
    "public_figure": "public figures",
    "model_moderated": "content that the model itself declines",
    "nsfw": "content that is not suitable for everyone",
    "other": "",
}
"""Categories, as providers and the moderation endpoint name them, in plain words; empty if uninformative."""
STAGES: Mapping[str, str] = {
    "input": "before it was made",
    "output": "after it was made",
    "unknown": "while it was made",
}
OUR_SENTENCE = (
    "Our own check stopped this before it was sent to the provider. "
    "Nothing was charged; change the prompt and try again, or appeal."
)


def category_label(category: object) -> str:
    """Return a category in plain words; one without a translation keeps its own."""
    text = str(category)
    return CATEGORIES.get(text.lower(), text.replace("_", " ").replace("/", ", "))


def category_labels(categories: Iterable[object]) -> list[str]:
    """Return the categories in plain words, each once; none of those that say nothing."""
    return [told for told in dict.fromkeys(category_label(category) for category in categories) if told]


def categories_phrase(categories: Iterable[object]) -> str:
    """Return the categories as one phrase: `violence and hatred`."""
    told = category_labels(categories)
    return " and ".join([", ".join(told[:-1]), told[-1]] if len(told) > 1 else told)


def sentence(reason: str, detail: Mapping[str, Any]) -> str:
    """Say why there is no image, that nothing was charged, and what to do; for APIs and events."""
    if reason == Reason.MODERATION_INPUT and detail.get("by") == PRECHECK:
        return OUR_SENTENCE
    return Reason(reason).label if reason else ""


@dataclass(frozen=True)
class RefusalText:
    """A moderated image's refusal, in words.

    Attributes:
        image: one that failed for a reason of `MODERATED`.
        model: label of the model that was asked for it.
        maker: who runs that model.
        has_references: whether input images were sent with the words.
    """

    image: Image
    model: str
    maker: str
    has_references: bool

    @property
    def is_ours(self) -> bool:
        """Whether our own check stopped it."""
        return bool(self.image.detail.get("by") == PRECHECK)

    @cached_property
    def stage(self) -> str:
        """`input`, `output` or `unknown`."""
        told = str(self.image.detail.get("stage") or "")
        return told if told in STAGES else self.image.reason.removeprefix("moderation_")

    @property
    def when(self) -> str:
        """Before, while or after it was made."""
        return STAGES[self.stage]

    @property
    def who(self) -> str:
        """Name of whoever stopped it."""
        return "Our own check" if self.is_ours else f"{self.maker}, who makes {self.model}"

    @cached_property
    def why(self) -> str:
        """The categories in words; empty where none was named."""
        return categories_phrase(self.image.detail.get("categories") or ())

    @property
    def heading(self) -> str:
        """What happened, in one line."""
        if self.is_ours:
            return "This was stopped before it was sent"
        return {
            "input": "The image was stopped before it was made",
            "output": "The image was made and then withheld",
        }.get(self.stage, "The image was stopped while it was being made")

    @property
    def explanation(self) -> str:
        """Who stopped it and for what, in two sentences."""
        read = "the prompt or the references" if self.has_references else "the prompt"
        if self.is_ours:
            return f"Our own check found {self.why or 'something'} in {read} that image providers do not allow. It was not sent to any of them."
        where = "the finished image" if self.stage == "output" else read
        if not self.why:
            return f"{self.maker}, who makes {self.model}, does not allow what its check found in {where}. It gave no other reason."
        return f"{self.maker}, who makes {self.model}, does not allow {self.why}. That is what its check found in {where}."
