# ruff: noqa: RUF001 -- letters of all alphabets
"""Words of any script, in any spelling, between any marks, and within other words: pages and API find the same."""

import os
import unicodedata
from pathlib import Path

import psycopg
import pytest
from django.db import connection
from django.http import QueryDict
from procrastinate.contrib.django import app
from rest_framework.test import APIClient

import gallery.sql
from accounts import tokens
from config.schema import sql_files
from gallery import rewording, search
from gallery.filters import Filters
from gallery.models import Wording
from tests.support import database

MADE_OF = """
    SELECT plain, array_agg(lexeme ORDER BY lexeme COLLATE "C")
    FROM unnest(%s::text[]) AS words, gallery_plain(words) AS plain, unnest(gallery_lexemes(plain)) AS lexeme
    GROUP BY plain ORDER BY plain COLLATE "C"
"""


@pytest.fixture
def finds(pictures, workspace):
    """Whether words find an image of that prompt among others."""

    def ask(prompt: str, words: str) -> bool:
        pictures("Nothing of that", "12 other things", "其他", prompt)
        query = QueryDict(mutable=True)
        query["q"] = words
        found = search.images(workspace, Filters.read(query))
        return [image.generation.prompt for image in found] == [prompt]

    return ask


FOUND = [
    # Between marks of any kind.
    *((f"a {left}fox{right} at dawn", "fox") for left, right in ("“”", "‘’", "„“", "«»", "‹›", "「」", "()", "—…", "¿?")),
    ("a red fox—running…away", "running"),
    ("l’homme", "homme"),
    ("l’homme", "l'homme"),
    ("don't panic", "don’t panic"),
    ("пʼять", "п'ять"),
    ("a\N{NO-BREAK SPACE}fox\N{IDEOGRAPHIC SPACE}here", "fox"),
    ("a\N{ZERO WIDTH SPACE}fox", "fox"),
    ("fo\N{SOFT HYPHEN}x", "fox"),
    ("fox,hare/owl_cat", "owl"),
    ("paper-cut mountains", "paper–cut"),
    # Within words, at their beginnings, in their forms.
    ("a lighthouse", "house"),
    ("a lighthouse", "ghth"),
    ("a lighthouse", "light house"),
    ("Sonnenblume", "blume"),
    ("маяк у моря", "мор"),
    ("three foxes", "fox"),
    ("a fox ran", "foxes"),
    ("A city", "cities"),
    ("the fox in the snow", "a fox and snow"),
    ("an owl", "ow"),
    ("a zebra", "z"),
    ("who is it", "who is"),
    ("an 85mm lens, f/1.8, 16:9", "85mm 1.8 16:9"),
    ("#ff8800", "ff88"),
    # Scripts without spaces.
    ("一只橘猫坐在窗台上", "猫"),
    ("一只橘猫坐在窗台上", "橘猫"),
    ("一只橘猫坐在窗台上", "窗台上"),
    ("一只橘猫坐在窗台上", "猫 窗"),
    ("夜明けの灯台", "灯台"),
    ("ガラスの城", "ガラス"),
    ("แมวสีส้มนั่งอยู่", "สีส้ม"),
    ("고양이가 있다", "고양이"),
    ("고양이가 있다", "양이"),
    ("ឆ្មាពណ៌ទឹកក្រូច", "ពណ៌"),
    ("iPhone橘猫", "iphone"),
    ("iPhone橘猫", "橘猫"),
    # Marks are parts of words.
    ("एक बिल्ली खिड़की पर", "बिल्ली"),
    ("एक बिल्ली खिड़की पर", "खिड़की"),
    ("একটি বিড়াল", "বিড়াল"),
    ("ஒரு பூனை", "பூனை"),
    # One letter, several spellings.
    (unicodedata.normalize("NFD", "a café in Zürich"), unicodedata.normalize("NFC", "café zürich")),
    (unicodedata.normalize("NFC", "a café in Zürich"), unicodedata.normalize("NFD", "café zürich")),
    (unicodedata.normalize("NFD", "고양이"), "고양이"),
    (unicodedata.normalize("NFD", "ガラス"), "ガラス"),
    ("a café", "cafe"),
    ("a cafe", "CAFÉ"),
    ("STRASSE", "straße"),
    ("Große Straße", "GROSSE STRASSE"),
    ("İstanbul", "istanbul"),
    ("KIZIL", "kızıl"),
    ("Łódź", "lodz"),
    ("ΣΊΣΥΦΟΣ", "σίσυφος"),
    ("ПЁС", "пес"),
    ("ＦＯＸ", "fox"),
    ("ｶﾞﾗｽ", "ガラス"),
    ("a ﬁsh", "fish"),
    ("كِتَاب", "كتاب"),
    ("كتاب", "كِتَاب"),
    ("שָׁלוֹם", "שלום"),
    ("می‌خواهم", "میخواهم"),
    # Emoji.
    ("a 🦊 at dawn", "🦊"),
    ("a fox🦊", "🦊"),
    ("I ❤️ foxes", "❤"),
    ("I ❤ foxes", "❤️"),
    ("an 👩‍🚀", "👩‍🚀"),
    ("👍🏽", "👍"),
    ("🇩🇪", "🇩🇪"),
    ("🦊🦉🐻", "🦊🦉🐻"),
    ("45° north", "45°"),
]  # fmt: skip


@pytest.mark.parametrize(("prompt", "words"), FOUND)
def test_it_is_found(finds, prompt, words):
    assert finds(prompt, words)


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        ("a fox", "foxglove"),
        # Its letters by threes, but not next to each other.
        ("thou, rousing, abuse, tinsel", "housel"),
        ("窗台 台上", "窗台上"),
        ("一只橘猫坐在窗台上", "狗"),
        ("🦊", "🦉"),
        ("a fox", "fox 猫"),
        ("एक बिल्ली", "बिल्लू"),
        ("a location", "cat loc zzz"),
        ("100% wool", "100_wool x"),
    ],
)
def test_it_is_not_found(finds, prompt, words):
    assert not finds(prompt, words)


def test_what_is_no_word_finds_nothing(pictures, workspace):
    pictures("A fox… “here”")
    for words in ("…", "“”", "'", "$", "\N{ZERO WIDTH JOINER}", "\N{COMBINING ACUTE ACCENT}", "\0"):
        assert not search.images(workspace, Filters(words=words))


def test_longest_prompts_of_any_script_are_stored_quickly_and_found(pictures, workspace):
    """Every letter another one: the most lexemes that a prompt can have."""
    letters = "".join(map(chr, range(0x4E00, 0x4E00 + 16_000)))
    prompt = letters + letters[::-1]
    pictures(prompt)
    assert search.images(workspace, Filters(words=prompt[15_000:15_400])).count() == 1
    pictures("x" * 32_000)
    assert search.images(workspace, Filters(words="x" * 500)).count() == 1


def test_many_that_fit_are_narrowed_to_what_is_written(pictures, workspace, monkeypatch):
    pictures(*(f"Lighthouse {n}" for n in range(4)), "A thou, houri, rousing, and lousy usage")
    monkeypatch.setattr(search, "FEW", 2)
    assert search.images(workspace, Filters(words="house")).count() == 4


def test_the_api_finds_the_same(pictures, workspace, alice):
    _, token = tokens.issue(workspace, name="Reader", scopes=["images:read"], user=alice)
    pictures("一只橘猫坐在窗台上", "a lighthouse", "a “fox”")
    for words, prompt in {"猫": "一只橘猫坐在窗台上", "house": "a lighthouse", "fox": "a “fox”"}.items():
        answer = APIClient().get("/api/v1/images", {"q": words}, headers={"Authorization": f"Bearer {token}"})
        assert [image["prompt"] for image in answer.json()["data"]] == [prompt]


def test_words_that_an_earlier_version_has_written_are_found_and_made_anew(pictures, workspace):
    """Until the job has come to them, whole English words find them as before."""
    pictures("A “lighthouse” at dawn", "一只橘猫", size=(1536, 1024))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE gallery_wording SET words = NULL, search = to_tsvector('english', prompt) || array_to_tsvector(ARRAY["
            "'w:' || replace(workspace_id::text, '-', ''), 'm:' || model_id, 's:wide']) "
            "FROM generation_generation AS made WHERE made.id = generation_id"
        )
    assert search.images(workspace, Filters(words="dawn")).count() == 1
    assert search.images(workspace, Filters(words="猫")).count() == 0
    assert rewording.reword(batch=1) == 2
    assert rewording.reword() == 0
    assert not Wording.objects.filter(words=None).exists()
    for words in ("dawn", "house", "猫"):
        assert search.images(workspace, Filters(words=words, shape="wide")).count() == 1
    assert search.images(workspace, Filters(words="dawn", model="gpt-image-2.5-flare")).count() == 1
    assert search.images(workspace, Filters(words="dawn", shape="tall")).count() == 0


@pytest.mark.parametrize("provider", ["libc", "builtin"])
def test_the_locale_of_a_database_changes_nothing(django_db_setup, database_url, provider):
    """What the functions make of every text above is the same where somebody else has made the database."""
    texts = [text for pair in FOUND for text in pair]
    name = f"{database.CLONE}{os.getpid()}_{provider}"
    with database.administer() as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE template0 LOCALE_PROVIDER {provider} LOCALE 'C'")
        try:
            with psycopg.connect(database.url(name), autocommit=True) as other:
                other.execute("SET check_function_bodies = off")
                for one in sql_files.parse(
                    Path(gallery.sql.__file__).with_name("words.sql").read_text(), "words.sql"
                ):
                    other.execute(one.source)
                found = other.execute(MADE_OF, [texts]).fetchall()
        finally:
            database.drop(admin, name)
    with connection.cursor() as cursor:
        cursor.execute(MADE_OF, [texts])
        assert cursor.fetchall() == found


def test_a_worker_makes_words_anew_every_minute():
    found = {one.task.name: one.cron for one in app.periodic_registry.periodic_tasks.values()}
    assert found["gallery.tasks.reword"] == "* * * * *"
