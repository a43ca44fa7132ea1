"""Parameters of the Images API, read from JSON or a form as OpenAI reads them.

Source: openai-python `types/image_generate_params.py` and `types/image_edit_params.py`. What a model can do
is not checked here but by the same function that checks every order (`generation.catalog.parameters.ImageParameters.checked`).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, QueryDict
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from django.utils.datastructures import MultiValueDict

from api.openai.errors import (
    InvalidJson,
    InvalidType,
    InvalidValue,
    MissingParameter,
    UnknownParameter,
    UnsupportedBody,
)
from api.openai.input_images import MASK, InputImage, is_image, read_images, read_mask
from api.openai.other_models import FIDELITY, NOT_OFFERED, STYLE, refuse_not_offered, take_defaults
from core.inputs import parsing
from generation.catalog.parameters import DEFAULT_PARAMETERS, PARAMETERS, ImageParameters, Text

JSON, FORM = "application/json", "multipart/form-data"
B64, URL = "b64_json", "url"
EXTERNAL_ID, METADATA = "external_id", "metadata"


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise InvalidType(f"Invalid type for '{name}': expected a string.", param=name)
    if name in MAY_BE_BLANK:
        return value
    if not value.strip():
        raise InvalidValue(f"Invalid value for '{name}': it is empty. Leave it out.", param=name)
    return value.strip()


def _integer(name: str, value: Any) -> int:
    # A form carries text.
    found = parsing.whole_number(value) if isinstance(value, FormText) else parsing.integer(value)
    if found is None:
        raise InvalidType(f"Invalid type for '{name}': expected an integer.", param=name)
    return found


def _flag(name: str, value: Any) -> bool:
    found = parsing.flag(value) if isinstance(value, FormText) else value
    if not isinstance(found, bool):
        raise InvalidType(f"Invalid type for '{name}': expected a boolean.", param=name)
    return found


def _pairs(name: str, value: Any) -> dict[str, str]:
    """Read pairs of text; a form may have them as one JSON object, too."""
    if isinstance(value, FormText):
        try:
            value = parsing.json_document(value)
        except ValueError:
            value = None
    if not isinstance(value, dict):
        raise InvalidType(f"Invalid type for '{name}': expected an object of strings.", param=name)
    found = {key: one for key, one in value.items() if one is not None}
    for key, one in found.items():
        if not isinstance(one, str):
            shown = f"{name}.{parsing.printable_name(key)}"
            raise InvalidType(f"Invalid type for '{shown}': expected a string.", param=shown)
    return found


READERS: Final[dict[str, Callable[[str, Any], Any]]] = {
    "prompt": _text,
    "model": _text,
    "n": _integer,
    **{name: _text if isinstance(kind, Text) else _integer for name, kind in PARAMETERS.items()},
    "response_format": _text,
    "stream": _flag,
    "partial_images": _integer,
    "max_credits": _integer,
    EXTERNAL_ID: _text,
    METADATA: _pairs,
    "user": _text,
    "safety_identifier": _text,
    STYLE: _text,
}
"""`max_credits` is ours: the most that the call may cost; so are `external_id` and `metadata`, which are kept. `user` and `safety_identifier` are accepted and
not needed: the workspace and the token identify the user."""
EDIT_READERS: Final = {name: one for name, one in READERS.items() if name != STYLE} | {FIDELITY: _text}
MAY_BE_BLANK: Final = frozenset({"prompt", "user", "safety_identifier"})
"""What is checked with the order, or not used."""
IMAGE_FIELD_PREFIXES: Final = ("image", "mask", "markup")
"""Prefixes of names that are meant for an image to work from."""


_MEMBER: Final = re.compile(rf"{METADATA}\[(.+)\]", re.DOTALL)


class FormText(str):
    """Text of a form, which stands for numbers and flags, too."""

    __slots__ = ()


LONGEST_END: Final = 300
"""Bytes in which a form's last boundary ends: it has at most 200 characters."""


class _LastBytes:
    """A body that remembers its end while it is read."""

    def __init__(self, body: Any) -> None:
        self._body, self.last = body, b""

    def read(self, size: int = -1) -> bytes:
        """Read on."""
        chunk: bytes = self._body.read(size)
        self.last = (self.last + chunk)[-LONGEST_END:]
        return chunk


class Form(MultiPartParser):
    """Django's parser, but a file with an invalid name is kept instead of being left out."""

    def __init__(self, META: Mapping[str, Any], input_data: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N803 -- Django's name
        self._end = _LastBytes(input_data)
        super().__init__(META, self._end, *args, **kwargs)  # type: ignore[arg-type] # it is only read

    def parse(self) -> tuple[QueryDict, MultiValueDict[str, UploadedFile]]:
        """Parse the form.

        Raises:
            MultiPartParserError: it is no form, or it was cut off: what is missing might be a mask or a limit.
        """
        parsed = super().parse()
        # The stubs leave out what the parser has read of the head.
        length, boundary = self._content_length, self._boundary  # type: ignore[attr-defined]
        if length and b"--" + boundary + b"--" not in self._end.last:
            raise MultiPartParserError("The form ends before its last boundary.")
        return parsed

    def sanitize_file_name(self, file_name: str) -> str:
        """Return the name without a path, never empty."""
        return super().sanitize_file_name(file_name) or "file"


@dataclass(frozen=True, slots=True)
class ImageRequest:
    """A call's parameters; None if the client gave none.

    Attributes:
        body: the parameters by value, without files, for comparing two calls.
        warnings: a sentence for each that was taken as left out.
    """

    prompt: str
    model: str | None = None
    n: int = 1
    parameters: ImageParameters = DEFAULT_PARAMETERS
    response_format: str = B64
    stream: bool = False
    partial_images: int = 0
    max_credits: int | None = None
    external_id: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    images: tuple[InputImage, ...] = ()
    mask: InputImage | None = None
    body: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def read(request: HttpRequest, *, edit: bool) -> ImageRequest:
    """Read the parameters of a call.

    Raises:
        Refusal: one of `api.openai.errors`, in OpenAI's words.
    """
    is_form = request.content_type == FORM
    sent = _form(request) if is_form else {name: [value] for name, value in _json(request).items()}
    given = _parameters(sent, is_form=is_form, edit=edit)
    if "prompt" not in given:
        raise MissingParameter("Missing required parameter: 'prompt'.", param="prompt")
    if given.get("response_format", B64) not in {B64, URL}:
        raise InvalidValue(
            "Invalid value for 'response_format'. Supported values are: 'url', 'b64_json'.",
            param="response_format",
        )
    if given.get("max_credits", 0) < 0:
        raise InvalidValue("Invalid value for 'max_credits': it must be at least 0.", param="max_credits")
    for name in ("user", "safety_identifier"):
        given.pop(name, None)
    warnings = take_defaults(given)
    if edit:
        given["images"] = read_images(sent, is_form=is_form)
        given["mask"] = read_mask(sent.get(MASK, []))
    parameters = ImageParameters(**{name: given.pop(name) for name in PARAMETERS if name in given})
    return ImageRequest(**given, parameters=parameters, body=_by_value(sent), warnings=warnings)


def _parameters(sent: Mapping[str, list[Any]], *, is_form: bool, edit: bool) -> dict[str, Any]:
    """Read the parameters other than images; each is used or refused."""
    readers, given = EDIT_READERS if edit else READERS, {}
    for name, values in sent.items():
        if edit and (name == MASK or is_image(name, is_form=is_form)):
            continue
        if name in NOT_OFFERED and all(value is None for value in values):
            continue
        if name not in readers or any(isinstance(value, UploadedFile) for value in values):
            raise _unknown(name, edit=edit)
        if len(values) > 1:
            raise InvalidValue(f"Duplicate parameter: '{name}' may be sent only once.", param=name)
        if values[0] is not None:
            given[name] = readers[name](name, values[0])
    return given


def _form(request: HttpRequest) -> dict[str, list[Any]]:
    """Collect all values under each name: files, then texts that are not blank; None if nothing is left."""
    request.multipart_parser_class = Form  # type: ignore[assignment] # the stubs take it for an instance
    try:
        texts, files = dict(request.POST.lists()), dict(request.FILES.lists())
    except MultiPartParserError as error:
        raise InvalidJson("We could not parse the form of your request. Nothing was charged.") from error
    sent: dict[str, list[Any]] = {}
    for name in (*texts, *files):
        # A file without bytes is a mask that nobody chose; an image without bytes is a broken one.
        uploads = [upload for upload in files.get(name, []) if upload.size or name != MASK]
        words = [FormText(text) for text in texts.get(name, []) if text.strip()]
        sent[name] = [*uploads, *words] or [None]
    return _with_pairs(sent)


def _with_pairs(sent: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Gather `metadata[key]`, as OpenAI's clients write an object's members into a form, under one name.

    Raises:
        InvalidValue: one of them was sent twice.
    """
    members = {
        found[1]: name
        for name, values in sent.items()
        if (found := _MEMBER.fullmatch(name)) and not any(isinstance(one, UploadedFile) for one in values)
    }
    if not members:
        return sent
    pairs = {key: sent.pop(name) for key, name in members.items()}
    for key, values in pairs.items():
        if len(values) > 1:
            name = members[key]
            raise InvalidValue(
                f"Duplicate parameter: '{parsing.printable_name(name)}' may be sent only once.",
                param=METADATA,
            )
    told = {key: None if value is None else str(value) for key, (value,) in pairs.items()}
    return {**sent, METADATA: [*sent.get(METADATA, []), told]}


def _json(request: HttpRequest) -> dict[str, Any]:
    if request.content_type not in {JSON, ""}:
        raise UnsupportedBody(f"Unsupported content type: send {JSON} or {FORM}. Nothing was charged.")
    try:
        body = parsing.json_document(request.body)
    except parsing.Unreadable as error:
        name = parsing.printable_name(error.where)
        if not parsing.is_text(error.where):
            raise UnknownParameter(f"Unknown parameter: '{name}'.", param=name) from error
        raise InvalidValue(f"Invalid value: {error} Nothing was charged.", param=name or None) from error
    except ValueError as error:
        raise InvalidJson("We could not parse the JSON body of your request. Nothing was charged.") from error
    if not isinstance(body, dict):
        raise InvalidJson(
            'The JSON body of your request must be an object, such as {"prompt": "a fox"}. Nothing was charged.'
        )
    return body


def _by_value(sent: Mapping[str, list[Any]]) -> dict[str, Any]:
    """Return what was sent, without files; a name that was sent once stands for its value."""
    texts = {
        name: [one for one in values if not isinstance(one, UploadedFile)] for name, values in sent.items()
    }
    return {name: values[0] if len(values) == 1 else values for name, values in texts.items() if values}


def _unknown(name: str, *, edit: bool) -> UnknownParameter:
    """Explain a field or a file that nothing here would use.

    Raises:
        UnknownParameter: OpenAI has it, and it is not offered here.
    """
    shown = parsing.printable_name(name)
    if edit or not shown.startswith(IMAGE_FIELD_PREFIXES):
        refuse_not_offered(shown)
    sentence = f"Unknown parameter: '{shown}'."
    if shown.startswith(IMAGE_FIELD_PREFIXES):
        sentence += (
            " Send images as 'image', 'image[]' or 'image[0]' of a form or as 'images' in JSON, and one 'mask'."
            if edit
            else " To work from images, call /v1/images/edits."
        )
    return UnknownParameter(sentence, param=shown)
