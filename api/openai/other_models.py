"""What OpenAI's clients may send for models that are not offered here: nothing of it is silently dropped.

Older clients send DALL·E's defaults unasked, which mean the same as leaving them out: they are taken so, and a header
says it. What somebody had to choose would change the image or its price, so it is refused with a sentence.
Source: openai-python 3.54, `types/image_generate_params.py` and `types/image_edit_params.py`.
"""

from typing import Any, Final

from api.openai.errors import InvalidValue, UnknownParameter

WARNING: Final = "CreateIO-Warning"
"""The header that says what was taken as left out."""
STYLE: Final = "style"
FIDELITY: Final = "input_fidelity"
DEFAULTS: Final = {("quality", "standard"), (STYLE, "vivid")}
"""Parameter and value that DALL·E took where nothing was said."""
CHOICES: Final = {
    (
        "quality",
        "hd",
    ): "It was for DALL·E; 'high' is the nearest that the models here have, at its own price.",
    (STYLE, "natural"): "It was for DALL·E; say in the prompt how the image should look.",
}
FIDELITIES: Final = frozenset({"high", "low"})
NOT_OFFERED: Final = {
    "complexity": "the models here plan an image as they do by default",
    "frame_count": "animations are not made here",
    "frame_duration_ms": "animations are not made here",
    "markup": "draw on a copy of the image and send that, or send a 'mask' of what may change",
    "svg": "drawings of lines (SVG) are not made here",
}
"""OpenAI's parameters that nothing here could honor, each with what to know; left out, or null, they do no harm."""


def refuse_not_offered(name: str) -> None:
    """Refuse a parameter of OpenAI's that is not offered.

    Raises:
        UnknownParameter: it is one; the sentence says what to do instead.
    """
    if advice := NOT_OFFERED.get(name.partition("[")[0]):
        raise UnknownParameter(
            f"Unknown parameter: '{name}'. It is not offered here: {advice}. Nothing was charged; leave it out.",
            param=name,
        )


def take_defaults(given: dict[str, Any]) -> tuple[str, ...]:
    """Remove what stands for nothing with the models here.

    Args:
        given: the parameters by name; changed.

    Returns:
        A sentence for each that was removed.

    Raises:
        InvalidValue: one had to be chosen, and can't be had.
    """
    warnings = []
    for name in ("quality", STYLE):
        value = str(given.get(name))
        if advice := CHOICES.get((name, value)):
            raise InvalidValue(
                f"Invalid value for '{name}': '{value}'. {advice} Nothing was charged.", param=name
            )
        if (name, value) in DEFAULTS:
            del given[name]
            warnings.append(f"{name} '{value}' was taken as left out: it was a default of DALL-E.")
    if STYLE in given:
        raise InvalidValue(
            f"Invalid value for '{STYLE}': only DALL·E had styles; say in the prompt how the image should look. Nothing was charged.",
            param=STYLE,
        )
    if (fidelity := given.pop(FIDELITY, None)) is not None:
        if fidelity not in FIDELITIES:
            raise InvalidValue(
                f"Invalid value for '{FIDELITY}'. Supported values are: 'high', 'low'. Nothing was charged.",
                param=FIDELITY,
            )
        warnings.append(f"{FIDELITY} was taken as left out: the models here choose it themselves.")
    return tuple(warnings)
