"""What the tools take. What is passed on to the REST API is checked again there, in detail."""

from typing import Final

from api.idempotency import LONGEST
from api.pagination import MOST
from api.serializers.base import Body
from api.serializers.fields import Choice, Many, Text, Whole
from api.serializers.generations import OrderBody
from gallery.filters import MAX_QUERY_LENGTH, SHAPES
from generation.orders.order import MAX_PROMPT

LONGEST_WAIT: Final = 45
"""Seconds that a call waits for images: less than the 60 after which most clients give a call up."""
MAX_IMAGES: Final = 16


class PageArguments(Body):
    """Which page of a list."""

    cursor = Text(required=False, help_text="next_cursor of the previous page.")
    limit = Whole(required=False, min_value=1, max_value=MOST, help_text=f"Rows, 1 to {MOST}.")


class ImagesArguments(PageArguments):
    """Which images of the workspace."""

    q = Text(required=False, max_length=MAX_QUERY_LENGTH, help_text="Words that the prompt contains.")
    model = Text(required=False, max_length=60, help_text="Id of the model that made it.")
    shape = Choice(required=False, choices=sorted(SHAPES))
    since = Text(required=False, max_length=10, help_text="First day, UTC, as YYYY-MM-DD.")
    until = Text(required=False, max_length=10, help_text="Last day, UTC, as YYYY-MM-DD.")


class GenerationArguments(Body):
    """Which generation."""

    id = Text(max_length=60, help_text="Its id, `gen_…`.")


class Waiting(Body):
    """How long a call waits for images."""

    wait_seconds = Whole(
        default=LONGEST_WAIT,
        min_value=0,
        max_value=LONGEST_WAIT,
        help_text="How long to wait for the images; then the answer is what is there so far, and they are made all the same.",
    )


class GenerateArguments(Waiting):
    """A quote whose order is to be made."""

    quote = Text(max_length=60, help_text="The id of a quote, `quo_…`.")


class EditArguments(Waiting, OrderBody):
    """An order of images that are made from others."""

    prompt = Text(
        trim_whitespace=False, allow_blank=True, help_text=f"What to change; 1 to {MAX_PROMPT:,} characters."
    )
    references = None  # type: ignore[assignment] # `images` are what it has instead
    images = Many(
        child=Text(),
        min_length=1,
        max_length=MAX_IMAGES,
        help_text="The images to work from, in the order in which the prompt counts them: ids of references, `rfe_…`, or https:// links.",
    )
    mask = Text(  # type: ignore[assignment] # also a link
        default=None,
        help_text="A reference's id or an https:// link: a PNG whose transparent pixels say where the first image may change.",
    )
    max_credits = Whole(min_value=0, help_text="The most that it may cost; refused if its quote is above it.")
    key = Text(
        max_length=LONGEST,
        help_text="Any text that names this edit. Calling again with the same key and arguments answers the same edit and pays once.",
    )
