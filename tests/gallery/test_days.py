"""Days begin where the reader is: at any moment one of these zones has another date than UTC."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.inputs import time_zones

ZONES = ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu", "UTC"]


@pytest.fixture
def reader(client_for, bob, pictures):
    """Bob's browser in a time zone, in a workspace with an image of now and one of two days ago."""
    pictures("Old", days=2)
    pictures("New")

    def open_in(zone):
        client = client_for(bob)
        client.cookies["time_zone"] = zone
        return client

    return open_in


def found(client, query=""):
    return set(re.findall(r'alt="(Old|New)"', client.get(f"/gallery?{query}").text))


@pytest.mark.parametrize("zone", ZONES)
def test_what_was_made_today_is_found_under_today(reader, zone):
    client = reader(zone)
    page = client.get("/gallery").text
    today = datetime.now(ZoneInfo(zone)).date()
    assert re.search(r'value="([\d-]+)"[^>]*>Today<', page)[1] == today.isoformat()
    assert re.search(rf'data-day="{today}">\s*<h2>Today', page)
    yesterday = today - timedelta(days=1)
    assert found(client, f"dates={today}") == {"New"}
    assert found(client, f"since={today}&until={today}") == {"New"}
    assert found(client, f"until={yesterday}") == {"Old"}
    assert found(client, f"since={today + timedelta(days=1)}") == set()


@pytest.mark.parametrize("zone", ZONES)
def test_the_neighbors_in_the_lightbox_are_those_of_the_filter(reader, zone):
    client = reader(zone)
    today = datetime.now(ZoneInfo(zone)).date()
    image = re.search(r'id="(img_\w+)"', client.get(f"/gallery?dates={today}").text)[1]
    assert 'rel="next"' not in client.get(f"/gallery/{image}?since={today}").text


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Mars/Olympus",
        "America",
        "../etc/passwd",
        "/etc/localtime",
        "UTC\0",
        "x" * 5_000,
        "leapseconds",
        "a/b/c/d",
        "\N{CAT FACE}",
        '"',
        "Europe/..",
    ],
)
def test_an_unknown_zone_is_utc(reader, name):
    assert time_zones.find(name).utcoffset(datetime(2026, 7, 1, tzinfo=UTC)) == timedelta(0)
    assert found(reader(re.sub(r"[^\x21-\x7e]|\"", "", name))) == {"Old", "New"}


def test_the_days_are_said_as_everywhere(reader):
    page = reader("UTC").get("/gallery?since=2026-11-01&until=2026-11-22").text
    assert "1 November 2026 to 22 November 2026" in page
