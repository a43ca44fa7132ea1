"""Pages of other origins in a real browser: with a token they use the API, with somebody's cookies they get nothing."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.journeys.people import sign_in

pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("journeys")]
CALL = """async ([url, token, options]) => {
  const headers = {...(token && {Authorization: `Bearer ${token}`}), ...options.headers};
  try {
    const answer = await fetch(url, {...options, headers});
    return {status: answer.status, id: answer.headers.get("x-request-id"), left: answer.headers.get("ratelimit"),
            warning: answer.headers.get("createio-warning"), body: await answer.text()};
  } catch (error) { return {error: String(error)}; }
}"""


class Page(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><link rel=icon href=data:,><title>Somebody else</title>")

    def log_message(self, *_):
        pass


@pytest.fixture
def elsewhere():
    """Two origins of somebody else: one that the browser sends our cookies from, since it is the same site."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield [f"http://{name}:{server.server_port}/" for name in ("127.0.0.1", "localhost")]
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_page_elsewhere_calls_with_a_token(copy, program, new_page, elsewhere):
    page = new_page(refused=400)
    for address in elsewhere:
        page.goto(address)
        listed = page.evaluate(CALL, [f"{copy.url}/v1/models", program.token, {}])
        assert (listed["status"], listed["id"][:4]) == (200, "req_"), listed
        assert listed["left"]
        order = {
            "method": "POST",
            "headers": {"Content-Type": "application/json", "X-Stainless-Retry-Count": "0"},
            "body": '{"prompt": "A quince", "quality": "low", "style": "vivid"}',
        }
        made = page.evaluate(CALL, [f"{copy.url}/v1/images/generations", program.token, order])
        assert (made["status"], "b64_json" in made["body"]) == (200, True), made["body"][:300]
        assert "vivid" in made["warning"]
        told = page.evaluate(CALL, [f"{copy.url}/api/v1/generations", program.token, {**order, "body": "{}"}])
        assert (told["status"], "invalid_request" in told["body"]) == (400, True), told


def test_a_page_elsewhere_gets_nothing_by_a_cookie(copy, person, chromium, elsewhere):
    page = chromium.new_context().new_page()
    sign_in(page, copy, person.email)
    balance = f"{copy.url}/api/v1/balance"
    seen = []
    page.on("response", lambda answer: seen.append(answer.status))
    own = page.evaluate(CALL, [balance, None, {}])
    assert (own["status"], "available" in own["body"]) == (200, True)
    for address in elsewhere:
        page.goto(address)
        told = page.evaluate(CALL, [balance, None, {}])
        assert (told["status"], "available" in told["body"]) == (401, False), told
        # The browser does send the cookies of the same site, if the page says so; it is shown nothing then.
        seen.clear()
        told = page.evaluate(CALL, [balance, None, {"credentials": "include"}])
        assert told["error"].startswith("TypeError"), told
        assert 200 not in seen
    page.context.close()
