import io

import httpx
import pytest
from PIL import Image

from sandbox.pictures.spec import Spec
from sandbox.pictures.studio import draw
from sandbox.server import running
from sandbox.settings import Settings

KEY = {"Authorization": f"Bearer sk_test_{'0' * 24}"}


def test_without_an_environment_there_are_defaults():
    assert Settings.from_environment({}) == Settings(port=9100, state=None, latency=0.0, detail=0)


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"SANDBOX_PORT": "many"}, "SANDBOX_PORT"),
        ({"SANDBOX_LATENCY": "-1"}, "SANDBOX_LATENCY"),
        ({"SANDBOX_DETAIL": "fine"}, "SANDBOX_DETAIL"),
        ({"SANDBOX_WEBHOOK_URL": "http://127.0.0.1:1/"}, "SANDBOX_WEBHOOK_SECRET"),
    ],
)
def test_nonsense_is_refused_by_name(environment, named):
    with pytest.raises(ValueError, match=named):
        Settings.from_environment(environment)


def test_a_picture_of_little_detail_is_as_large_as_it_was_ordered():
    whole = draw(Spec("a red fox", "gpt-image-2", (1024, 768)))
    quick = draw(Spec("a red fox", "gpt-image-2", (1024, 768)), detail=64)
    other = draw(Spec("a red fox", "gpt-image-2", (1024, 768), index=1), detail=64)
    with Image.open(io.BytesIO(quick)) as picture:
        assert (picture.format, picture.size) == ("PNG", (1024, 768))
    assert len({whole, quick, other}) == 3


def test_stripe_remembers_over_a_restart(tmp_path):
    settings = Settings(
        port=0,
        state=tmp_path / "deep" / "state.json",
        webhook_url="http://127.0.0.1:1/",
        webhook_secret="whsec_x",
    )
    order = {"data": {"email": "alice@example.com"}, "headers": {**KEY, "Idempotency-Key": "k"}}
    with running(settings) as url, httpx.Client(base_url=f"{url}/stripe/v1", trust_env=False) as client:
        customer = client.post("/customers", **order).json()
    with running(settings) as url, httpx.Client(base_url=f"{url}/stripe/v1", trust_env=False) as client:
        assert client.get(f"/customers/{customer['id']}", headers=KEY).json() == customer
        assert client.post("/customers", **order).headers["idempotent-replayed"] == "true"
        undelivered = client.get("/events", params={"delivery_success": "false"}, headers=KEY).json()["data"]
        assert [event["type"] for event in undelivered] == ["customer.created"]
        (endpoint,) = client.get("/webhook_endpoints", headers=KEY).json()["data"]
        assert "secret" not in str(endpoint)
