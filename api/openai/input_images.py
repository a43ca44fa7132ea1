"""The images of an edit, read from JSON or a form; each remembers what its caller called it."""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile

from api.openai.errors import InvalidValue, MissingParameter
from core import ids
from core.inputs import data_urls
from core.safe_addresses import LinkRefused

MAX_IMAGES: Final = 16
MASK: Final = "mask"
NAMED: Final = ("images", "image")
"""A JSON body has its images under one of these: OpenAI's `images`, or what its forms call them."""
PART: Final = re.compile(r"image(?:\[([0-9]{0,2})\])?")
"""A form has them in parts `image` or `image[]`, as OpenAI's clients send them, or numbered, as others do."""


@dataclass(frozen=True, slots=True)
class InputImage:
    """An image to work from: an uploaded file, a link to one, or the id of an earlier reference.

    Attributes:
        param: what its caller called it, with its place in a list: `image`, `images[2]`, `mask`.
    """

    param: str
    file: UploadedFile | ContentFile | None = None
    link: str | None = None
    reference: uuid.UUID | None = None


def is_image(name: str, *, is_form: bool) -> bool:
    """Return whether a field of this name holds images to work from."""
    return bool(PART.fullmatch(name)) if is_form else name in NAMED


def read_images(sent: Mapping[str, list[Any]], *, is_form: bool) -> tuple[InputImage, ...]:
    """Return the images in order: unnumbered ones as they came, then by number.

    Raises:
        Refusal: there are none or too many, or one can't be read.
    """
    images = _from_parts(sent) if is_form else _from_json(sent)
    if len(images) > MAX_IMAGES:
        raise InvalidValue(
            f"Too many images: the maximum is {MAX_IMAGES}.", param=images[0].param.partition("[")[0]
        )
    return tuple(images)


def read_mask(values: list[Any]) -> InputImage | None:
    """Return the mask; None without one.

    Raises:
        Refusal: there are several, or it can't be read.
    """
    masks = [_input(MASK, value) for value in values if value is not None]
    if len(masks) > 1:
        raise InvalidValue("There can be only one mask.", param=MASK)
    return masks[0] if masks else None


def _from_parts(sent: Mapping[str, list[Any]]) -> list[InputImage]:
    parts = [(found, name) for name in sent if (found := PART.fullmatch(name))]
    parts.sort(key=lambda part: int(part[0][1] or -1))
    images = []
    for found, name in parts:
        values = [value for value in sent[name] if value is not None]
        is_list = name.endswith("[]") or len(values) > 1
        for place, value in enumerate(values):
            images.append(_input(f"image[{place}]" if is_list and not found[1] else name, value))
    if not images:
        raise MissingParameter("Missing required parameter: 'image'.", param="image")
    return images


def _from_json(sent: Mapping[str, list[Any]]) -> list[InputImage]:
    named = [name for name in NAMED if sent.get(name, [None]) != [None]]
    if len(named) > 1:
        raise InvalidValue("Send the images as 'images' only, without 'image'.", param="image")
    name = named[0] if named else NAMED[0]
    (value,) = sent[name] if named else [[]]
    if not value:
        raise MissingParameter(f"Missing required parameter: '{name}'.", param=name)
    if not isinstance(value, list):
        return [_input(name, value)]
    return [_input(f"{name}[{place}]", one) for place, one in enumerate(value)]


def _input(param: str, value: Any) -> InputImage:
    return InputImage(param, file=value) if isinstance(value, UploadedFile) else _named(param, value)


def _named(param: str, item: Any) -> InputImage:
    """Read `{"image_url": "https://…"}`, `{"image_url": "data:…"}` or `{"file_id": "rfe_…"}`."""
    item = item if isinstance(item, Mapping) else {"image_url": item}
    told = {name: value for name, value in item.items() if value is not None}
    file_id, url = told.get("file_id"), told.get("image_url")
    if isinstance(file_id, str) and len(told) == 1:
        return InputImage(param, reference=ids.parse("rfe", file_id) or ids.NOBODY)
    if not isinstance(url, str) or len(told) > 1:
        raise InvalidValue(
            "Give each image exactly one of image_url (an https:// link or a data: URL) and file_id "
            "(a reference uploaded to /api/v1/references).",
            param=param,
        )
    if not data_urls.is_one(url):
        return InputImage(param, link=url)
    try:
        return InputImage(param, file=ContentFile(data_urls.read(url), name="image"))
    except ValueError as error:
        raise LinkRefused(
            f"The data: URL can't be read: {error} Nothing was charged.", param=param
        ) from error
