"""Code that orders a generation again through the OpenAI-compatible API."""

import json
from dataclasses import dataclass
from inspect import signature
from typing import Any

from django.conf import settings
from openai.resources.images import Images

from generation.catalog.parameters import ImageParameters
from generation.models import Generation

KEY = "cio_live_YOUR_TOKEN"
KNOWN = {call: signature(getattr(Images, call)).parameters for call in ("generate", "edit")}
"""Named parameters of the methods of OpenAI's Python client; all others go into `extra_body`."""


@dataclass(frozen=True, slots=True)
class Snippet:
    """The request in one language."""

    slug: str
    label: str
    code: str


def snippets(generation: Generation) -> list[Snippet]:
    """Write the request for cURL, Python and JavaScript, the last two with the official OpenAI clients."""
    asked = _asked(generation)
    references = len(generation.references)
    return [
        Snippet("curl", "cURL", _curl(asked, references)),
        Snippet("python", "Python", _python(asked, references)),
        Snippet("javascript", "JavaScript", _javascript(asked, references)),
    ]


def _asked(generation: Generation) -> dict[str, Any]:
    parameters = ImageParameters.stored(generation)
    return {
        "model": generation.requested_model,
        "prompt": generation.sent_prompt,
        "n": generation.count,
        "size": parameters.size,
        **parameters.chosen(),
    }


def _shell(text: str) -> str:
    """Quote a word for the shell: a single quote inside ends the quotes, is escaped, and opens them again."""
    return "'" + text.replace("'", "'\\''") + "'"


def _curl(asked: dict[str, Any], references: int) -> str:
    head = [f"curl {settings.BASE_URL}/v1/images/{'edits' if references else 'generations'}"]
    head.append(f'-H "Authorization: Bearer {KEY}"')
    if references:
        head += [f"-F 'image[]=@reference-{number}.png'" for number in range(1, references + 1)]
        # --form-string, because -F would read a file if a prompt begins with @
        head += [f"--form-string {_shell(f'{name}={value}')}" for name, value in asked.items()]
    else:
        head.append('-H "Content-Type: application/json"')
        head.append(f"-d {_shell(json.dumps(asked, indent=2, ensure_ascii=False))}")
    return " \\\n  ".join(head)


def _python(asked: dict[str, Any], references: int) -> str:
    files = ", ".join(f'open("reference-{number}.png", "rb")' for number in range(1, references + 1))
    lines = [f"    image=[{files}],"] if references else []
    call = "edit" if references else "generate"
    known = {name: value for name, value in asked.items() if name in KNOWN[call]}
    lines += [f"    {name}={value!r}," for name, value in known.items()]
    if more := {name: value for name, value in asked.items() if name not in known}:
        lines.append(f"    extra_body={more!r},")
    return "\n".join(
        (
            "import base64",
            "",
            "from openai import OpenAI",
            "",
            f'client = OpenAI(base_url="{settings.BASE_URL}/v1", api_key="{KEY}")',
            f"result = client.images.{call}(",
            *lines,
            ")",
            "for number, image in enumerate(result.data):",
            f'    with open(f"image-{{number}}.{asked.get("output_format", "png")}", "wb") as file:',
            "        file.write(base64.b64decode(image.b64_json))",
        )
    )


def _javascript(asked: dict[str, Any], references: int) -> str:
    files = ", ".join(f'fs.createReadStream("reference-{number}.png")' for number in range(1, references + 1))
    lines = [f"  image: [{files}],"] if references else []
    lines += [f"  {name}: {json.dumps(value, ensure_ascii=False)}," for name, value in asked.items()]
    call = "edit" if references else "generate"
    return "\n".join(
        (
            'import fs from "node:fs";',
            'import OpenAI from "openai";',
            "",
            f'const client = new OpenAI({{ baseURL: "{settings.BASE_URL}/v1", apiKey: "{KEY}" }});',
            f"const result = await client.images.{call}({{",
            *lines,
            "});",
            "result.data.forEach((image, number) => {",
            f'  fs.writeFileSync(`image-${{number}}.{asked.get("output_format", "png")}`, Buffer.from(image.b64_json, "base64"));',
            "});",
        )
    )
