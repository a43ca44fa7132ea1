"""What the tools take and answer."""

import base64
import io
import json

import httpx
import pytest
from PIL import Image as Picture

from accounts.models import Scope
from billing.ledger import balance
from generation.models import Generation
from tests.api.openai.test_edits import picture

MODEL = "gpt-image-2.5-flare"
NAMES = ["list_models", "quote", "generate", "edit", "get_generation", "list_images", "balance"]
ORDER = {"prompt": "a lighthouse", "model": MODEL, "quality": "low", "size": "1024x1024"}


def test_tools_are_listed_with_schemas_that_stand_alone(agent):
    tools = {tool.name: tool for tool in agent.run(lambda client: client.list_tools()).tools}
    assert list(tools) == NAMES
    for tool in tools.values():
        assert tool.description
        assert tool.input_schema["type"] == tool.output_schema["type"] == "object"
        assert not {"$ref", "nullable", "readOnly"} & set(words_of([tool.input_schema, tool.output_schema]))
    taken = tools["quote"].input_schema
    assert taken["required"] == ["prompt"]
    assert {"prompt", "model", "n", "size", "quality", "references", "style"} <= taken["properties"].keys()
    assert tools["edit"].input_schema["required"] == ["images", "key", "max_credits", "prompt"]
    assert "references" not in tools["edit"].input_schema["properties"]
    assert [name for name, tool in tools.items() if not tool.annotations.read_only_hint] == [
        "quote",
        "generate",
        "edit",
    ]


def words_of(schema):
    if isinstance(schema, dict):
        for word, value in schema.items():
            yield word
            # Names of properties are no words of the schema.
            yield from words_of(list(value.values()) if word == "properties" else value)
    elif isinstance(schema, list):
        for one in schema:
            yield from words_of(one)


def test_models_come_with_prices(agent):
    listed = agent.ask("list_models", limit=2)
    assert len(listed["data"]) == 2
    assert listed["has_more"]
    more = agent.ask("list_models", cursor=listed["next_cursor"])
    assert not {one["id"] for one in listed["data"]} & {one["id"] for one in more["data"]}
    assert all(one["prices"] for one in [*listed["data"], *more["data"]] if one["stage"] == "live")


def test_a_quote_is_paid_once_however_often_it_is_generated(agent, workspace, upstream):
    quoted = agent.ask("quote", **ORDER)
    assert quoted["id"].startswith("quo_")
    first = agent.call("generate", quote=quoted["id"])
    made = first.structured_content
    assert (made["status"], made["charged"], made["prompt"]) == (
        "succeeded",
        quoted["credits"],
        "a lighthouse",
    )
    assert agent.ask("generate", quote=quoted["id"])["id"] == made["id"]
    assert Generation.objects.count() == 1
    assert balance.for_workspace(workspace) == balance.Balance(available=50 - quoted["credits"])
    assert len(upstream.calls()) == 1


def test_a_picture_comes_small_and_as_a_link(agent):
    quoted = agent.ask("quote", **ORDER)
    answer = agent.call("generate", quote=quoted["id"])
    text, preview = answer.content
    assert json.loads(text.text) == answer.structured_content
    assert preview.mime_type == "image/webp"
    small = Picture.open(io.BytesIO(base64.b64decode(preview.data)))
    assert max(small.size) == 512
    [image] = answer.structured_content["images"]
    original = httpx.get(image["url"], follow_redirects=True)
    assert original.content[:8] == b"\x89PNG\r\n\x1a\n"


def test_what_was_made_is_found_again(agent):
    made = agent.ask("generate", quote=agent.ask("quote", **ORDER)["id"])
    shown = agent.call("get_generation", id=made["id"])
    assert shown.structured_content["images"][0]["sha256"] == made["images"][0]["sha256"]
    assert len(shown.content) == 2
    [listed] = agent.ask("list_images", q="lighthouse", model=MODEL, limit=5)["data"]
    assert (listed["id"], listed["generation"]) == (made["images"][0]["id"], made["id"])
    assert agent.ask("list_images", q="windmill")["data"] == []
    assert agent.ask("balance") == {"available": 49, "held": 0, "debt": 0, "granted": 49, "bought": 0}


def test_a_call_waits_no_longer_than_it_was_told(agent, upstream, workspace):
    upstream.script("delay", seconds=4)
    quoted = agent.ask("quote", **ORDER)
    begun = agent.ask("generate", quote=quoted["id"], wait_seconds=0)
    assert begun["status"] in {"queued", "running"}
    ended = agent.ask("generate", quote=quoted["id"])
    assert (ended["id"], ended["status"]) == (begun["id"], "succeeded")
    assert balance.for_workspace(workspace).available == 50 - quoted["credits"]


def test_an_edit_is_made_from_a_reference_and_paid_once(agent, api, workspace, upstream):
    kept = api.post("/api/v1/references", {"file": io.BytesIO(picture(256, 256))}, format="multipart").json()
    asked = {"prompt": "at night", "images": [kept["id"]], "key": "night-1", "max_credits": 5, "model": MODEL}
    made = agent.ask("edit", **asked)
    assert (made["status"], made["references"]) == ("succeeded", [kept["id"]])
    assert agent.ask("edit", **asked)["id"] == made["id"]
    assert "idempotency_key_reused" in agent.refused("edit", **asked | {"prompt": "at noon"})
    assert "max_credits_exceeded" in agent.refused("edit", **asked | {"key": "2", "max_credits": 0})
    assert balance.for_workspace(workspace).available == 50 - made["charged"]
    assert len(upstream.calls()) == 1


def test_an_edit_reads_a_link_by_the_products_own_rules(agent):
    asked = {"prompt": "at night", "key": "1", "max_credits": 5}
    link = f"data:image/png;base64,{base64.b64encode(picture(64, 64)).decode()}"
    assert agent.ask("edit", images=[link], **asked)["status"] == "succeeded"
    for refused in ("https://127.0.0.1/x.png", "http://example.com/x.png", "rfe_nobody"):
        assert agent.refused("edit", images=[refused], **asked | {"key": refused})


@pytest.mark.parametrize("mode", ["legacy", "auto"])
def test_a_token_without_the_scope_is_told_so_by_the_tool(agent_of, program, workspace, alice, fund, mode):
    fund(workspace, 50)
    reader = agent_of(program(workspace, alice, [Scope.IMAGES_READ]), mode)
    quoted = reader.ask("quote", **ORDER)
    assert "lacks the scope 'generations:write'" in reader.refused("generate", quote=quoted["id"])
    assert "lacks the scope 'billing:read'" in reader.refused("balance")
    assert Generation.objects.count() == 0


def test_strangers_find_nothing(agent, agent_of, foreign_api):
    quoted = agent.ask("quote", **ORDER)
    made = agent.ask("generate", quote=quoted["id"])
    stranger = agent_of(foreign_api)
    assert "quote_not_found" in stranger.refused("generate", quote=quoted["id"])
    assert "not_found" in stranger.call("get_generation", id=made["id"]).content[0].text
    assert stranger.ask("list_images")["data"] == []


def test_too_few_credits_are_said_in_a_sentence(agent_of, api, workspace):
    poor = agent_of(api)
    quoted = poor.ask("quote", **ORDER)
    sentence = poor.refused("generate", quote=quoted["id"])
    assert "insufficient_credits" in sentence
    assert Generation.objects.count() == 0


def test_a_generation_that_fails_is_an_error_that_costs_nothing(agent, workspace):
    quoted = agent.ask("quote", prompt="test:moderation_output")
    answer = agent.call("generate", quote=quoted["id"])
    assert answer.is_error
    failed = answer.structured_content
    assert (failed["status"], failed["charged"]) == ("failed", 0)
    assert "Nothing was charged" in failed["images"][0]["message"]
    assert balance.for_workspace(workspace).available == 50


@pytest.mark.parametrize(
    ("tool", "said", "sentence"),
    [
        ("quote", {}, "prompt: This is required."),
        ("quote", {"prompt": "x", "model": "gpt-image-9"}, "There is no model with that name"),
        ("quote", {"prompt": "x", "moon": 1}, "moon: There is no such parameter."),
        ("quote", {"prompt": "\x00"}, "prompt"),
        ("generate", {"quote": "quo_x"}, "There is no such quote"),
        ("generate", {"quote": 5}, "quote: This must be text."),
        ("generate", {"quote": "quo_x", "wait_seconds": 900}, "wait_seconds: This must be at most 45."),
        ("edit", {"prompt": "x", "images": [], "key": "1", "max_credits": 1}, "images"),
        ("edit", {"prompt": "x", "images": ["rfe_x"], "key": "\u00e4", "max_credits": 1}, "Idempotency-Key"),
        ("list_images", {"limit": 1000}, "limit: This must be at most 100."),
        ("list_images", {"since": "yesterday"}, "YYYY-MM-DD"),
        ("fly", {}, "There is no such tool"),
    ],
    ids=str,
)
def test_what_makes_no_sense_is_refused_in_a_sentence(agent_of, api, tool, said, sentence):
    agent = agent_of(api)

    async def work(client):
        return await client.call_tool(tool, said)

    answer = agent.run(work)
    assert answer.is_error
    assert sentence in answer.content[0].text
    assert Generation.objects.count() == 0
