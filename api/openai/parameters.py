"""What a client asks of the Images API, read from JSON or a form as OpenAI reads it.

Source: openai-python `types/image_generate_params.py` and `types/image_edit_params.py`. What a model can do is not
checked here but by the same function that checks every order (`generation.order.check`).
"""

import base64
import binascii
import json
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParserError

from accounts import ids
from api.openai.errors import (
    InvalidJson,
    InvalidType,
    InvalidValue,
    MissingParameter,
    UnknownParameter,
    UnsupportedBody,
)
from generation.order import AUTO

JSON, FORM = "application/json", "multipart/form-data"
MOST_IMAGES: Final = 16
B64, URL = "b64_json", "url"
NOWHERE: Final = uuid.UUID(int=0)
NUMBER: Final = re.compile(r"-?[0-9]{1,9}")


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise InvalidType(f"Invalid type for '{name}': expected a string.", param=name)
    return value


def _integer(name: str, value: Any) -> int:
    if isinstance(value, str) and NUMBER.fullmatch(value):  # forms carry numbers as text
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidType(f"Invalid type for '{name}': expected an integer.", param=name)
    return value


def _flag(name: str, value: Any) -> bool:
    if isinstance(value, str) and value in {"true", "false"}:  # forms carry words
        return value == "true"
    if not isinstance(value, bool):
        raise InvalidType(f"Invalid type for '{name}': expected a boolean.", param=name)
    return value


READERS: Final[dict[str, Callable[[str, Any], Any]]] = {
    "prompt": _text,
    "model": _text,
    "n": _integer,
    "size": _text,
    "quality": _text,
    "background": _text,
    "output_format": _text,
    "output_compression": _integer,
    "moderation": _text,
    "response_format": _text,
    "stream": _flag,
    "partial_images": _integer,
    "max_credits": _integer,
    "user": _text,
    "safety_identifier": _text,
}
"""`max_credits` is ours: the most that the call may cost. `user` and `safety_identifier` are taken and not needed:
the workspace and the token say who it is."""
EDIT_READERS: Final = READERS | {"input_fidelity": _text}
FILES: Final = frozenset({"image", "image[]", "images", "mask"})


@dataclass(frozen=True, slots=True)
class Input:
    """An image to work from: a file that came along, a link to one, or the id of a reference that was uploaded before."""

    file: UploadedFile | ContentFile | None = None
    link: str | None = None
    reference: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """A call's parameters; None where the client said nothing.

    Attributes:
        body: the parameters by value, without files, for comparing two calls.
    """

    prompt: str
    model: str | None = None
    n: int = 1
    size: str = AUTO
    quality: str = AUTO
    background: str = AUTO
    output_format: str = "png"
    output_compression: int | None = None
    moderation: str = AUTO
    response_format: str = B64
    stream: bool = False
    partial_images: int = 0
    max_credits: int | None = None
    images: tuple[Input, ...] = ()
    mask: Input | None = None
    body: Mapping[str, Any] = field(default_factory=dict)


def read(request: HttpRequest, *, edit: bool) -> Ask:
    """What is asked for.

    Raises:
        Refusal: one of `api.openai.errors`, in OpenAI's words.
    """
    body, files = _body(request)
    readers = EDIT_READERS if edit else READERS
    for name in body:
        if name not in readers and not (edit and name in FILES):
            shown = name[:60].encode("ascii", "backslashreplace").decode()
            raise UnknownParameter(f"Unknown parameter: '{shown}'.", param=shown)
    given = {
        name: readers[name](name, value)
        for name, value in body.items()
        if name in readers and value is not None
    }
    if "prompt" not in given:
        raise MissingParameter("Missing required parameter: 'prompt'.", param="prompt")
    if given.get("response_format", B64) not in {B64, URL}:
        raise InvalidValue(
            "Invalid value for 'response_format'. Supported values are: 'url', 'b64_json'.",
            param="response_format",
        )
    if given.get("output_format", "png") == "png" and given.get("output_compression") == 100:  # noqa: PLR2004 -- OpenAI's default
        del given["output_compression"]
    for name in ("user", "safety_identifier", "input_fidelity"):
        given.pop(name, None)
    if edit:
        given["images"], given["mask"] = _inputs(body, files)
    return Ask(**given, body=body)


def _body(request: HttpRequest) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    if request.content_type == FORM:
        try:
            fields = {name: values[-1] for name, values in request.POST.lists()}
            return fields, dict(request.FILES.lists())
        except MultiPartParserError as error:
            raise InvalidJson("We could not parse the form of your request.") from error
    if request.content_type not in {JSON, ""}:
        raise UnsupportedBody(f"Unsupported content type: send {JSON} or {FORM}.")
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise InvalidJson("We could not parse the JSON body of your request.") from error
    if not isinstance(body, dict):
        raise InvalidJson("The JSON body of your request must be an object.")
    return body, {}


def _inputs(
    body: Mapping[str, Any], files: Mapping[str, list[Any]]
) -> tuple[tuple[Input, ...], Input | None]:
    images = [Input(file=file) for name in ("image", "image[]") for file in files.get(name, [])]
    named = body.get("images", body.get("image"))
    if named is not None:
        images += [_named("images", one) for one in (named if isinstance(named, list) else [named])]
    if not images:
        raise MissingParameter("Missing required parameter: 'image'.", param="image")
    if len(images) > MOST_IMAGES:
        raise InvalidValue(f"Too many images: {MOST_IMAGES} are the most.", param="image")
    masks = [Input(file=file) for file in files.get("mask", [])]
    if body.get("mask") is not None:
        masks.append(_named("mask", body["mask"]))
    if len(masks) > 1:
        raise InvalidValue("There can be one mask only.", param="mask")
    return tuple(images), masks[0] if masks else None


def _named(param: str, item: Any) -> Input:
    """`{"image_url": "https://…"}`, `{"image_url": "data:…"}` or `{"file_id": "rfe_…"}`."""
    item = item if isinstance(item, Mapping) else {"image_url": item}
    file_id, url = item.get("file_id"), item.get("image_url")
    if isinstance(file_id, str) and url is None:
        return Input(reference=ids.parse("rfe", file_id) or NOWHERE)
    if not isinstance(url, str):
        raise InvalidValue(
            "An image is an https:// link, a data: URL, or the file_id of a reference uploaded to /api/v1/references.",
            param=param,
        )
    if not url.startswith("data:"):
        return Input(link=url)
    try:
        return Input(file=ContentFile(base64.b64decode(url.partition(",")[2], validate=True), name="image"))
    except (binascii.Error, ValueError) as error:
        raise InvalidValue("The data: URL is not valid base64.", param=param) from error
