import base64
import hashlib
import io
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import fal_client
import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from PIL import Image

HOSTS = {"queue.fal.run": "queue", "fal.run": "run", "rest.fal.ai": "rest", "v3.fal.media": "cdn"}


class Detour(httpx.HTTPTransport):
    """Leads fal's https hosts to the paths of the twin."""

    def __init__(self, twin):
        super().__init__()
        self.twin = httpx.URL(twin)

    def handle_request(self, request):
        if folder := HOSTS.get(request.url.host):
            path = f"/fal/{folder}".encode() + request.url.raw_path
            request.url = self.twin.copy_with(raw_path=path)
            request.headers["host"] = self.twin.netloc.decode()
        return super().handle_request(request)


@pytest.fixture
def http(twin, control):
    with httpx.Client(headers={"Authorization": "Key id:secret"}, transport=Detour(twin), timeout=10) as http:
        yield http


@pytest.fixture
def client(http):
    client = fal_client.SyncClient(key="id:secret")
    vars(client)["_client"] = http  # a cached property of a frozen dataclass
    return client


def png():
    buffer = io.BytesIO()
    Image.new("RGB", (256, 256), (200, 30, 30)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize(
    "model", ["fal-ai/flux/schnell", "fal-ai/flux-2/klein/9b", "fal-ai/recraft/v3/text-to-image"]
)
def test_a_request_goes_through_the_queue(client, http, control, model):
    handle = client.submit(
        model,
        {"prompt": "dunes", "image_size": "square_hd", "num_images": 2, "seed": 7, "output_format": "png"},
    )
    result = handle.get(interval=0.02)
    assert (result["seed"], result["has_nsfw_concepts"]) == (7, [False, False])
    contents = [http.get(image["url"]).content for image in result["images"]]
    assert Image.open(io.BytesIO(contents[0])).size == (1024, 1024)
    assert len(set(contents)) == 2
    call = control.get("/fal/log", params={"endpoint": "submit"}).json()["calls"][0]
    assert call["images"] == [hashlib.sha256(content).hexdigest() for content in contents]
    assert isinstance(handle.status(), fal_client.Completed)


def test_the_same_seed_draws_the_same(client, http):
    def sha(seed):
        (image,) = client.run("fal-ai/flux/dev", {"prompt": "sea", "seed": seed})["images"]
        assert (image["width"], image["height"], image["content_type"]) == (1024, 768, "image/jpeg")
        return hashlib.sha256(http.get(image["url"]).content).hexdigest()

    assert sha(1) == sha(1) != sha(2)


def test_references_are_uploaded_or_inline(client, http):
    initiated = http.post("https://rest.fal.ai/storage/upload/initiate", json={"file_name": "a.png"}).json()
    http.put(initiated["upload_url"], content=png(), headers={"content-type": "image/png"}).raise_for_status()
    arguments = {
        "prompt": "flower",
        "image_urls": [initiated["file_url"], fal_client.encode(png(), "image/png")],
    }
    assert client.run("fal-ai/flux-2/edit", arguments)["images"]
    with pytest.raises(fal_client.FalClientHTTPError) as caught:
        client.run("fal-ai/flux-2/edit", {"prompt": "flower", "image_urls": ["http://nowhere.test/a.png"]})
    assert caught.value.status_code == 422


@pytest.mark.parametrize(
    ("arguments", "type_"),
    [
        ({}, "missing"),
        ({"prompt": "x", "image_size": "huge"}, "enum"),
        ({"prompt": "x", "num_images": 9}, "less"),
    ],
)
def test_wrong_arguments_are_named(http, arguments, type_):
    answer = http.post("https://queue.fal.run/fal-ai/flux/dev", json=arguments)
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["type"].startswith(type_)


def test_refusals_before_and_after(client, http):
    handle = client.submit("fal-ai/flux/dev", {"prompt": "x test:moderation_input"})
    with pytest.raises(fal_client.FalClientHTTPError) as caught:
        handle.get(interval=0.02)
    assert caught.value.status_code == 422
    result = client.run("fal-ai/flux/dev", {"prompt": "x test:moderation_output"})
    assert result["has_nsfw_concepts"] == [True]
    assert Image.open(io.BytesIO(http.get(result["images"][0]["url"]).content)).getextrema() == ((0, 0),) * 3


def test_a_request_may_be_cancelled_once(client, http):
    handle = client.submit("fal-ai/flux/dev", {"prompt": "x test:slow=30"})
    assert http.get(handle.status_url).json()["status"] in ("IN_QUEUE", "IN_PROGRESS")
    assert http.get(handle.response_url).status_code == 400
    assert http.put(handle.cancel_url).json() == {"status": "CANCELLATION_REQUESTED"}
    assert http.put(handle.cancel_url).status_code == 400
    assert http.get(handle.response_url).status_code == 499


def test_scripts_hit_the_endpoint_that_they_name(http, control):
    control.post(
        "/fal/script", json=[{"match": {"endpoint": "submit"}, "do": "status", "status": 429}]
    ).raise_for_status()
    assert http.post("https://queue.fal.run/fal-ai/flux/dev", json={"prompt": "x"}).status_code == 429
    assert http.post("https://queue.fal.run/fal-ai/flux/dev", json={"prompt": "x"}).status_code == 200


def test_a_key_and_a_known_model_are_needed(twin, http):
    assert (
        httpx.post(f"{twin}/fal/queue/fal-ai/flux/dev", json={"prompt": "x"}, trust_env=False).status_code
        == 401
    )
    assert http.post("https://queue.fal.run/nobody/model", json={"prompt": "x"}).status_code == 404


def test_a_webhook_is_signed(twin, http, control):
    got = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            got.append((dict(self.headers.items()), self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        url = f"https://queue.fal.run/fal-ai/flux/schnell?fal_webhook=http://127.0.0.1:{server.server_port}/"
        request_id = http.post(url, json={"prompt": "sea"}).json()["request_id"]
        deadline = time.monotonic() + 5
        while not got and time.monotonic() < deadline:
            time.sleep(0.01)
        server.shutdown()
        thread.join()
    headers, body = {name.lower(): value for name, value in got[0][0].items()}, got[0][1]
    assert (json.loads(body)["request_id"], json.loads(body)["status"]) == (request_id, "OK")
    x = httpx.get(f"{twin}/fal/rest/.well-known/jwks.json", trust_env=False).json()["keys"][0]["x"]
    names = ("request-id", "user-id", "timestamp")
    message = "\n".join(
        [*(headers[f"x-fal-webhook-{name}"] for name in names), hashlib.sha256(body).hexdigest()]
    )
    public = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(x + "="))
    public.verify(bytes.fromhex(headers["x-fal-webhook-signature"]), message.encode())


def test_no_more_is_in_progress_than_the_account_may_and_none_is_refused(client, http, control):
    control.post("/fal/script", json=[{"do": "hold", "times": 3, "match": {"endpoint": "submit"}}])
    handles = [client.submit("fal-ai/flux/dev", {"prompt": f"sea {index}"}) for index in range(3)]

    def states():
        return [http.get(handle.status_url).json()["status"] for handle in handles]

    assert states() == ["IN_PROGRESS", "IN_PROGRESS", "IN_QUEUE"]
    control.post("/fal/concurrency", json={"most": 3}).raise_for_status()
    assert states()[2] == "IN_PROGRESS"
    control.delete("/fal/script").raise_for_status()
    assert all(handle.get(interval=0.02)["images"] for handle in handles)
    assert control.get("/fal/concurrency").json() == {"most": 3, "taken": 0, "waiting": 0}


def test_what_waits_is_taken_out_free_of_charge_and_what_is_in_progress_is_charged(client, http, control):
    control.post("/fal/script", json=[{"do": "hold", "times": 3, "match": {"endpoint": "submit"}}])
    handles = [client.submit("fal-ai/flux/dev", {"prompt": f"sea {index}"}) for index in range(3)]
    assert http.get(handles[0].status_url).json()["status"] == "IN_PROGRESS"
    assert http.put(handles[0].cancel_url).json() == {"status": "CANCELLATION_REQUESTED"}
    control.post("/fal/concurrency", json={"most": 0}).raise_for_status()
    waiting = client.submit("fal-ai/flux/dev", {"prompt": "sea 4"})
    assert http.put(waiting.cancel_url).json() == {"status": "OK"}
    log = control.get("/fal/log", params={"endpoint": "submit"}).json()["calls"]
    bills = {call["prompt"]: call.get("bill") for call in log}
    assert (bills["sea 0"], bills["sea 4"]) == (25_000, None)


def test_a_request_that_is_not_taken_up_in_time_ends(client, control):
    control.post("/fal/concurrency", json={"most": 0}).raise_for_status()
    handle = client.submit("fal-ai/flux/dev", {"prompt": "sea"}, start_timeout=1.1)
    with pytest.raises(fal_client.FalClientHTTPError) as caught:
        handle.get(interval=0.05)
    assert (caught.value.status_code, caught.value.response_headers["x-fal-request-timeout-type"]) == (
        504,
        "user",
    )


def test_files_and_payloads_end(client, http, control):
    day = {"X-Fal-Object-Lifecycle-Preference": json.dumps({"expiration_duration_seconds": 86_400})}
    short = client.submit("fal-ai/flux/dev", {"prompt": "sea"}, headers=day)
    long = client.submit("fal-ai/flux/dev", {"prompt": "sea"})
    urls = [handle.get(interval=0.02)["images"][0]["url"] for handle in (short, long)]
    assert [http.get(url).status_code for url in urls] == [200, 200]
    control.post("/fal/clock", json={"ahead": 86_401}).raise_for_status()
    assert [http.get(url).status_code for url in urls] == [404, 200]
    assert http.get(short.response_url).status_code == 200
    control.post("/fal/clock", json={"ahead": 31 * 86_400}).raise_for_status()
    assert http.get(short.response_url).status_code == http.get(short.status_url).status_code == 404
    control.post("/fal/clock", json={"ahead": 0}).raise_for_status()
    payloads = f"{http._transport.twin}/fal/api/v1/models/requests/{long.request_id}/payloads"
    assert http.delete(payloads).json() == {"cdn_delete_results": [{"link": urls[1], "exception": None}]}
    assert http.get(urls[1]).status_code == http.get(long.response_url).status_code == 404


def test_a_refusal_names_its_categories_and_is_charged(client, control):
    control.post("/fal/script", json=[{"do": "moderation_input", "categories": ["model_moderated"]}])
    handle = client.submit("fal-ai/flux/dev", {"prompt": "sea"})
    with pytest.raises(fal_client.FalClientHTTPError) as caught:
        handle.get(interval=0.02)
    assert caught.value.response.json()["detail"][0]["categories"] == ["model_moderated"]
    assert control.get("/fal/log").json()["calls"][0]["bill"] == 25_000
