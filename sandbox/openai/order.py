"""Orders to the Images API: read from JSON or multipart, then checked as OpenAI checks them.

Source: `image_generate_params.py` and `image_edit_params.py` of the official SDK, and the published OpenAPI
document.
"""

import base64
import binascii
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from PIL import Image
from starlette.datastructures import UploadFile
from starlette.requests import Request

from sandbox.openai.catalog import MODELS, Model
from sandbox.openai.errors import OpenAIError, invalid_value, missing, model_not_found

KNOWN = frozenset(
    [
        "prompt",
        "model",
        "n",
        "size",
        "quality",
        "background",
        "output_format",
        "output_compression",
        "moderation",
        "stream",
        "partial_images",
        "user",
        "safety_identifier",
        "complexity",
    ]
)
KNOWN_EDIT = KNOWN | frozenset(["image", "images", "mask", "input_fidelity", "markup"])
SIDES = {"auto": (1024, 1024)}
MAX_PROMPT = 32_000
MAX_REFERENCES = 16
MAX_REFERENCE_BYTES = 50 * 1024 * 1024
TEXTS = ("prompt", "model", "size", "quality", "background", "output_format", "moderation")
CHOICES = {
    "background": ("auto", "transparent", "opaque"),
    "output_format": ("png", "jpeg", "webp"),
    "moderation": ("auto", "low"),
}


@dataclass
class Order:
    """A checked order: `size` is (width, height), nothing is `auto` any more."""

    prompt: str
    model: Model
    n: int = 1
    size: tuple[int, int] = (1024, 1024)
    quality: str = "medium"
    background: str = "opaque"
    output_format: str = "png"
    output_compression: int = 100
    stream: bool = False
    partial_images: int = 0
    references: list[bytes] = field(default_factory=list)
    mask: bytes | None = None

    @property
    def size_name(self) -> str:
        return f"{self.size[0]}x{self.size[1]}"


async def read(request: Request) -> dict[str, Any]:
    """Parameters by name; files as bytes, `image` always a list."""
    content_type = request.headers.get("content-type", "")
    if content_type.startswith("multipart/form-data"):
        return await _read_form(request)
    try:
        parameters = await request.json()
    except ValueError:
        raise OpenAIError(400, "We could not parse the JSON body of your request.") from None
    if not isinstance(parameters, dict):
        raise OpenAIError(400, "The JSON body of your request must be an object.")
    if "images" in parameters or "image" in parameters:
        given = parameters.pop("images", None) or parameters.pop("image")
        parameters["image"] = [_inline(item) for item in (given if isinstance(given, list) else [given])]
    if parameters.get("mask"):
        parameters["mask"] = _inline(parameters["mask"])
    return parameters


async def _read_form(request: Request) -> dict[str, Any]:
    parameters: dict[str, Any] = {}
    images: list[bytes] = []
    async with request.form(max_files=40, max_part_size=2 * 1024 * 1024) as form:
        for name, value in form.multi_items():
            content = await value.read() if isinstance(value, UploadFile) else value
            if name in ("image", "image[]"):
                images.append(content if isinstance(content, bytes) else content.encode())
            else:
                parameters[name] = content
    if parameters.get("moderation") == "auto":
        # The real one has refused it (openai-python#2331) and may take it by now; nobody needs to say this.
        raise OpenAIError(
            400, "Unknown parameter: 'moderation'.", param="moderation", code="unknown_parameter"
        )
    for name in ("n", "output_compression", "partial_images"):
        if isinstance(parameters.get(name), str):
            parameters[name] = _integer(name, parameters[name])
    if isinstance(parameters.get("stream"), str):
        parameters["stream"] = parameters["stream"].lower() == "true"
    if images:
        parameters["image"] = images
    return parameters


def _integer(name: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise OpenAIError(
            400, f"Invalid type for '{name}': expected an integer.", param=name, code="invalid_type"
        ) from None


def _inline(item: Any) -> bytes:
    """The bytes of {"image_url": "data:…;base64,…"} or of the URL itself."""
    url = item.get("image_url", "") if isinstance(item, Mapping) else item
    if not isinstance(url, str) or not url.startswith("data:"):
        raise OpenAIError(
            400,
            "This sandbox reads references as data URLs or files only.",
            param="image",
            code="invalid_image_url",
        )
    try:
        return base64.b64decode(url.partition(",")[2], validate=True)
    except binascii.Error:
        raise OpenAIError(
            400, "Invalid base64 image_url.", param="image", code="invalid_base64_image"
        ) from None


def check(parameters: Mapping[str, Any], *, edit: bool) -> Order:
    """The order, or the OpenAIError that upstream raises."""
    for name in parameters:
        if name not in (KNOWN_EDIT if edit else KNOWN):
            raise OpenAIError(400, f"Unknown parameter: '{name}'.", param=name, code="unknown_parameter")
    given = {name: value for name, value in parameters.items() if value is not None}
    for name in TEXTS:
        if not isinstance(given.get(name, ""), str):
            raise OpenAIError(
                400, f"Invalid type for '{name}': expected a string.", param=name, code="invalid_type"
            )
    model_id = given.get("model") or "gpt-image-2.5-flare"
    if model_id not in MODELS:
        raise model_not_found(str(model_id))
    model = MODELS[model_id]
    order = Order(prompt=_prompt(given), model=model, stream=bool(given.get("stream", False)))
    order.n = _within(given, "n", 1, 10, 1)
    order.partial_images = _within(given, "partial_images", 0, 3, 0)
    order.output_compression = _within(given, "output_compression", 0, 100, 100)
    order.quality = _quality(given, model)
    order.size = _size(given.get("size", "auto"))
    for name, supported in CHOICES.items():
        if given.get(name, supported[0]) not in supported:
            raise invalid_value(
                name, given[name], f"Supported values are: {', '.join(map(repr, supported))}."
            )
    order.output_format = given.get("output_format", "png")
    order.background = _background(given, model, order.output_format)
    if edit:
        order.references = _references(given)
        order.mask = _mask(given, order.references[0])
    return order


def _prompt(given: Mapping[str, Any]) -> str:
    prompt = given.get("prompt")
    if not prompt:
        raise missing("prompt")
    if len(prompt) > MAX_PROMPT:
        message = f"Invalid 'prompt': string too long. Expected a string with maximum length {MAX_PROMPT}, but got a string with length {len(prompt)} instead."
        raise OpenAIError(400, message, param="prompt", code="string_above_max_length")
    return prompt


def _within(given: Mapping[str, Any], name: str, least: int, most: int, default: int) -> int:
    value = given.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool):
        raise OpenAIError(
            400, f"Invalid type for '{name}': expected an integer.", param=name, code="invalid_type"
        )
    if value < least:
        message = f"Invalid '{name}': integer below minimum value. Expected a value >= {least}, but got {value} instead."
        raise OpenAIError(400, message, param=name, code="integer_below_min_value")
    if value > most:
        message = f"Invalid '{name}': integer above maximum value. Expected a value <= {most}, but got {value} instead."
        raise OpenAIError(400, message, param=name, code="integer_above_max_value")
    return value


def _quality(given: Mapping[str, Any], model: Model) -> str:
    quality = given.get("quality", "auto")
    if quality == "auto":
        return "medium"
    if quality not in model.grids:
        message = f"The model '{model.id}' does not support quality '{quality}'."
        raise OpenAIError(400, message, param="quality", code="invalid_value")
    return quality


def _size(text: Any) -> tuple[int, int]:
    """WxH on a grid of 16 pixels, ratio 1:3 to 3:1, long edge at most 3840, 655,360 to 8,294,400 pixels."""
    if text in SIDES:
        return SIDES[text]
    width, _, height = str(text).partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise invalid_value("size", text, "Supported values are: 'auto' or WIDTHxHEIGHT.")
    sides = int(width), int(height)
    if any(side % 16 for side in sides) or 0 in sides:
        raise invalid_value("size", text, "Width and height must be divisible by 16.")
    if max(sides) > 3 * min(sides) or max(sides) > 3840:
        raise invalid_value(
            "size", text, "The aspect ratio must be between 1:3 and 3:1 and no side longer than 3840."
        )
    if not 655_360 <= sides[0] * sides[1] <= 8_294_400:
        raise invalid_value("size", text, "The picture must have between 655360 and 8294400 pixels.")
    return sides


def _background(given: Mapping[str, Any], model: Model, output_format: str) -> str:
    background = given.get("background", "auto")
    if background != "transparent":
        return "opaque"
    if not model.transparent:
        message = f"Transparent background is not supported for model '{model.id}'."
        raise OpenAIError(400, message, param="background", code="invalid_value")
    if output_format == "jpeg":
        message = "Transparent background is not supported for output format 'jpeg'."
        raise OpenAIError(400, message, param="background", code="invalid_value")
    return background


def _references(given: Mapping[str, Any]) -> list[bytes]:
    references = given.get("image") or []
    if not references:
        raise missing("image")
    if len(references) > MAX_REFERENCES:
        message = f"Invalid 'image': array too long. Expected an array with maximum length {MAX_REFERENCES}, but got an array with length {len(references)} instead."
        raise OpenAIError(400, message, param="image", code="array_above_max_length")
    for reference in references:
        _dimensions(reference, "image", ("PNG", "JPEG", "WEBP"))
    return references


def _mask(given: Mapping[str, Any], first: bytes) -> bytes | None:
    mask = given.get("mask")
    if mask is None:
        return None
    if _dimensions(mask, "mask", ("PNG",)) != _dimensions(first, "image", ("PNG", "JPEG", "WEBP")):
        message = "Invalid mask: the mask must have the same dimensions as the first image."
        raise OpenAIError(400, message, param="mask", code="invalid_value")
    return mask


def _dimensions(content: bytes, param: str, formats: tuple[str, ...]) -> tuple[int, int]:
    if not content:
        raise OpenAIError(400, "The image file is empty.", param=param, code="empty_image_file")
    if len(content) > MAX_REFERENCE_BYTES:
        raise OpenAIError(400, "The image file is too large.", param=param, code="image_too_large")
    try:
        with Image.open(io.BytesIO(content), formats=formats) as image:
            return image.size
    except (OSError, ValueError, Image.DecompressionBombError):
        message = f"Invalid image file or mode for {param}, please check your image file."
        raise OpenAIError(400, message, param=param, code="invalid_image_file") from None
