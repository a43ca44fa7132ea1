"""Calls of an operation in the languages that samples have."""

import json
from collections.abc import Mapping
from typing import Any, Final

from api.manual.samples import TOKEN, Sample

CREATES: Final = "POST"


def requests_of(url: str, verb: str, body: Mapping[str, Any] | None, *, is_form: bool) -> tuple[Sample, ...]:
    """Return a call of an address in each language.

    Args:
        url: the whole address.
        verb: the method.
        body: what is sent; None for nothing.
        is_form: whether it is sent as a form, with a file where a value begins with @.
    """
    if is_form and body:
        return (_curl_form(url, body),)
    return _curl(url, verb, body), _python(url, verb, body), _javascript(url, verb, body)


def _curl_form(url: str, body: Mapping[str, Any]) -> Sample:
    lines = [f'curl "{url}"', f'  -H "Authorization: Bearer ${TOKEN}"']
    for name, value in body.items():
        for one in value if isinstance(value, list) else [value]:
            text = one if isinstance(one, str) else json.dumps(one)
            lines.append(f'  -F "{name}={text}"')
    return Sample("sh", " \\\n".join(lines))


def _curl(url: str, verb: str, body: Mapping[str, Any] | None) -> Sample:
    method = "" if verb == "GET" else f"-X {verb} "
    lines = [f'curl {method}"{url}"', f'  -H "Authorization: Bearer ${TOKEN}"']
    if verb == CREATES:
        lines.append('  -H "Idempotency-Key: order-20417"')
    if body is not None:
        lines.append('  -H "Content-Type: application/json"')
        lines.append(f"  -d '{json.dumps(body, indent=2, ensure_ascii=False).replace("'", "'\\''")}'")
    return Sample("sh", " \\\n".join(lines))


def _python(url: str, verb: str, body: Mapping[str, Any] | None) -> Sample:
    key = ', "Idempotency-Key": "order-20417"' if verb == CREATES else ""
    sent = f"    json={_indented(repr_of(body))},\n" if body is not None else ""
    return Sample(
        "python",
        "import os\n\nimport httpx\n\n"
        f"answer = httpx.{verb.lower()}(\n"
        f'    "{url}",\n'
        f'    headers={{"Authorization": f"Bearer {{os.environ[\'{TOKEN}\']}}"{key}}},\n'
        f"{sent})\nprint(answer.status_code, answer.text)",
    )


def _javascript(url: str, verb: str, body: Mapping[str, Any] | None) -> Sample:
    heads = [f"    Authorization: `Bearer ${{process.env.{TOKEN}}}`,"]
    heads += ['    "Idempotency-Key": "order-20417",'] if verb == CREATES else []
    heads += ['    "Content-Type": "application/json",'] if body is not None else []
    sent = (
        f"  body: JSON.stringify({_indented(json.dumps(body, indent=2, ensure_ascii=False), 2)}),\n"
        if body is not None
        else ""
    )
    return Sample(
        "js",
        f'const answer = await fetch("{url}", {{\n'
        f'  method: "{verb}",\n'
        "  headers: {\n" + "\n".join(heads) + "\n  },\n"
        f"{sent}}});\nconsole.log(answer.status, await answer.text());",
    )


def repr_of(value: Any) -> str:
    """Write a value of JSON as Python does."""
    text = json.dumps(value, indent=4, ensure_ascii=False)
    for word, name in (("true", "True"), ("false", "False"), ("null", "None")):
        text = text.replace(f": {word}", f": {name}")
    return text


def _indented(text: str, by: int = 4) -> str:
    return text.replace("\n", "\n" + " " * by)
