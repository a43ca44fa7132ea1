"""The guides on the site: everybody reads them, each is one Markdown file and one line, and nothing leads nowhere."""

import re
from html.parser import HTMLParser

import pytest

from accounts import tokens
from accounts.models import Scope
from api.manual import guides
from api.manual.markdown import article

pytestmark = pytest.mark.django_db
PAGES = [
    "/developers/docs",
    *(f"/developers/docs/{guide.slug}" for guide in guides.listed()),
    "/changelog",
    "/api/docs/",
]


class Links(HTMLParser):
    """The links and the names of a page."""

    def __init__(self, text):
        super().__init__()
        self.links, self.names = set(), []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        if tag == "a" and told.get("href"):
            self.links.add(told["href"])
        if told.get("id"):
            self.names.append(told["id"])


def test_every_file_is_listed_and_every_line_has_a_file():
    files = {path.stem for path in guides.FOLDER.glob("*.md")} - {guides.INDEX, "changelog"}
    assert {guide.slug for guide in guides.listed()} == files
    assert all(guide.group and guide.purpose for guide in guides.listed())


@pytest.mark.parametrize("address", PAGES)
def test_a_page_is_read_signed_out_and_its_links_lead_somewhere(client, settings, catalog, address):
    answer = client.get(address)
    assert answer.status_code == 200
    page = Links(answer.content.decode())
    assert len(page.names) == len(set(page.names))
    for link in page.links:
        path, _, anchor = link.removeprefix(settings.BASE_URL).partition("#")
        if link.startswith("mailto:") or (path and not path.startswith("/")):
            continue
        other = client.get(path, follow=True) if path else answer
        assert other.status_code == 200, link
        if anchor:
            assert anchor in Links(other.content.decode()).names, link


def test_a_guide_begins_with_a_title_and_a_sentence():
    for guide in guides.listed():
        page = guides.page(guide.slug)
        assert page.html.startswith("<h1>"), guide.slug
        assert page.html.count("<h1>") == 1
        assert '<p class="lead">' in page.html, guide.slug
        assert len(page.lead) < 200, guide.slug


def test_samples_carry_the_name_of_ones_own_newest_token(client, client_for, workspace, alice, bob):
    address = "/developers/docs/quick-start"
    tokens.issue(workspace, name="Shop backend", scopes=[Scope.IMAGES_READ], user=alice)
    for reader in (client, client_for(bob)):
        assert "<mark>CREATEIO_TOKEN</mark>" in reader.get(address).content.decode()
    page = client_for(alice).get(address).content.decode()
    assert "<mark>SHOP_BACKEND</mark>" in page
    assert "CREATEIO_TOKEN" not in page
    newest, _ = tokens.issue(workspace, name="2nd", scopes=[Scope.IMAGES_READ], user=alice)
    assert "<mark>TOKEN_2ND</mark>" in client_for(alice).get(address).content.decode()
    tokens.revoke(newest, by=alice)
    assert "<mark>SHOP_BACKEND</mark>" in client_for(alice).get(address).content.decode()


def test_caches_keep_a_page_for_everybody_alone(client, client_for, alice):
    assert client.get("/developers/docs/webhooks")["Cache-Control"] == "public, max-age=300"
    assert "no-store" in client_for(alice).get("/developers/docs/webhooks")["Cache-Control"]
    assert "Cookie" in client.get("/developers/docs/webhooks")["Vary"]


def test_a_guide_that_is_none_is_not_found(client):
    for address in ("nothing", "README", "changelog", "nothing.md", "README.md"):
        assert client.get(f"/developers/docs/{address}").status_code == 404


def test_a_guide_is_read_as_markdown_with_addresses_of_this_installation(client, settings):
    text = client.get("/developers/docs/errors.md").content.decode()
    assert text.startswith("# Errors\n")
    assert "| `insufficient_credits` | 402 |" in text
    assert f"]({settings.BASE_URL}/developers/docs/openai.md)" in text
    assert guides.EXAMPLE_URL not in text
    assert client.get("/developers/docs/errors.md")["Content-Type"] == "text/markdown; charset=utf-8"


def test_llms_txt_lists_the_guides_and_the_full_one_has_them(client, catalog):
    short, full = (client.get(f"/{name}").content.decode() for name in ("llms.txt", "llms-full.txt"))
    for guide in guides.listed():
        assert f"/developers/docs/{guide.slug}.md" in short
        assert guides.markdown(guide.slug) in full
    assert full.startswith(short)


def test_the_search_finds_words_codes_and_operations(client, catalog):
    entries = client.get("/developers/docs/search.json").json()["entries"]
    found = {entry["url"]: entry for entry in entries}
    assert found["/developers/docs/webhooks#verify-it"]["page"] == "Webhooks"
    assert found["/developers/docs/errors#insufficient_credits"]["title"] == "insufficient_credits"
    assert found["/api/docs/generations_create/"]["title"] == "POST /api/v1/generations"
    assert all(entry["title"] and entry["url"].startswith("/") for entry in entries)


def test_public_navigation_leads_to_the_guides(client, catalog):
    for address in ("/", "/pricing", "/models"):
        assert "/developers/docs" in Links(client.get(address).content.decode()).links


def test_blocks_in_other_languages_are_one_box():
    text = "# One\n\nTwo.\n\n```sh\ncurl x\n```\n\n```python\nx = 1\n```\n\n```json\n{}\n```\n"
    html = article(text, str).html
    assert html.count("<fieldset") == 2
    assert re.findall(r'value="(\w+)"', html) == ["cURL", "Python"]


def test_html_in_a_file_is_text():
    assert "<script>" not in article("# One\n\n<script>alert(1)</script>\n", str).html
