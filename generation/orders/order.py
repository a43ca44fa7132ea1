"""Orders, and the check of whether a model can fulfill one."""

import uuid
from dataclasses import dataclass, replace

from core.inputs import parsing
from generation.catalog.parameters import DEFAULT_PARAMETERS, ImageParameters
from generation.errors import InvalidOrder
from generation.models import ImageModel
from generation.orders import labels

MAX_PROMPT = 32_000
MAX_PARTIALS = 3


@dataclass(frozen=True, slots=True)
class Order:
    """One request for one or more images, as a person or a program made it.

    Attributes:
        prompt: 1 to 32,000 characters, not blank.
        model: public id of the model as asked for.
        n: number of images, from 1 to what model and tier allow.
        parameters: what each image should be.
        references: ids of the workspace's references in the order in which the prompt counts them.
        mask: id of a mask, for the first reference.
        style: id of a style that is put around the prompt, in its current version.
        style_version: id of a version instead, where it must be that one.
        style_values: words for the style's other placeholders, as (name, words).
        partials: number of partial images to show of each, 0 to 3; None leaves it to the product.
        external_id: what whoever orders calls it; empty for nothing.
        metadata: their pairs of (name, text), sorted.
    """

    prompt: str
    model: str
    n: int = 1
    parameters: ImageParameters = DEFAULT_PARAMETERS
    references: tuple[uuid.UUID, ...] = ()
    mask: uuid.UUID | None = None
    style: uuid.UUID | None = None
    style_version: uuid.UUID | None = None
    style_values: tuple[tuple[str, str], ...] = ()
    partials: int | None = None
    external_id: str = ""
    metadata: tuple[tuple[str, str], ...] = ()


def check(order: Order, model: ImageModel, *, max_images: int) -> Order:
    """Return the order with size and quality resolved, once `model` can do everything in it.

    Args:
        order: what is asked for.
        model: the model that will run it.
        max_images: what the workspace's tier allows in one request.

    Raises:
        InvalidOrder: the first thing that can't be done; `param` names it.
    """
    check_prompt(order.prompt)
    labels.check(order.external_id, dict(order.metadata))
    most = min(model.max_images, max_images)
    if not 1 <= order.n <= most:
        raise InvalidOrder(f"You can make 1 to {most} images at once with {model.label}.", param="n")
    parameters = order.parameters.checked(model)
    _check_inputs(order, model)
    if order.partials is not None and not 0 <= order.partials <= MAX_PARTIALS:
        raise InvalidOrder("An image can have 0 to 3 partial images.", param="partial_images")
    return replace(order, parameters=parameters)


def check_prompt(prompt: str) -> None:
    """Refuse words that can't be a prompt.

    Raises:
        InvalidOrder: blank, too long, or with characters that are not text.
    """
    if not prompt.strip():
        raise InvalidOrder("Write what the image should show.", param="prompt")
    check_length(prompt)
    # U+FFFD marks what was lost on the way: nobody should pay for what is left.
    if not parsing.is_text(prompt) or parsing.REPLACEMENT_CHARACTER in prompt:
        raise InvalidOrder("The prompt contains a character that is not text; remove it.", param="prompt")


def check_length(prompt: str) -> None:
    """Refuse a prompt that is too long.

    Raises:
        InvalidOrder: it has more than 32,000 characters.
    """
    if len(prompt) > MAX_PROMPT:
        raise InvalidOrder(
            f"The prompt has {len(prompt):,} characters; the maximum is {MAX_PROMPT:,}.", param="prompt"
        )


def _check_inputs(order: Order, model: ImageModel) -> None:
    if len(order.references) > model.max_references:
        most = f"takes at most {model.max_references}" if model.max_references else "takes no"
        raise InvalidOrder(f"{model.label} {most} reference images.", param="references")
    if order.mask is None:
        return
    if not model.supports_mask:
        raise InvalidOrder(f"{model.label} can't work with a mask.", param="mask")
    if not order.references:
        raise InvalidOrder("A mask needs the image it is for as the first reference.", param="mask")
