"""nginx, as `deploy/nginx.conf` has it, before processes that are killed: nothing is sent twice, and nobody is left without a word."""

import json
import ssl
import subprocess
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.deploy.test_programs import program
from tests.support.environment import free_port
from tests.support.network.nginx import HOST, nginx_file, on_ports
from tests.support.network.strangers import Stranger, says, stranger

ORDER = "/api/v1/generations"


def dies(wire, _head) -> None:
    """Ends without an answer, as a process that is killed in the middle of a request."""


@pytest.fixture
def processes() -> Iterator[dict[str, Stranger]]:
    """Two web and two live processes that answer `ok`."""
    with stranger() as web, stranger() as web2, stranger() as live, stranger() as live2:
        made = {"web": web, "web2": web2, "live": live, "live2": live2}
        for one in made.values():
            one.manner = says(b"ok", "Connection: close")
        yield made


@pytest.fixture
def browser(processes, tmp_path) -> Iterator[httpx.Client]:
    ports = {name: one.port for name, one in processes.items()} | {
        "http": free_port(),
        "https": free_port(),
    }
    command = [program("nginx"), "-p", str(tmp_path), "-c", str(nginx_file(tmp_path, on_ports(ports)))]
    careless = ssl.create_default_context()
    careless.check_hostname, careless.verify_mode = False, ssl.CERT_NONE
    with (tmp_path / "log").open("w") as log:
        running = subprocess.Popen(command, stdout=log, stderr=log, env={})
    try:
        with httpx.Client(
            base_url=f"https://127.0.0.1:{ports['https']}", headers={"Host": HOST}, verify=careless, trust_env=False
        ) as client:  # fmt: skip
            deadline = time.monotonic() + 20
            while True:
                try:
                    client.get("/metrics")
                    break
                except httpx.TransportError:
                    assert time.monotonic() < deadline, (tmp_path / "log").read_text()
                    time.sleep(0.05)
            yield client
    finally:
        running.terminate()
        running.wait(10)


def asked(processes: dict[str, Stranger]) -> int:
    return sum(len(one.accepted) for one in processes.values())


def test_a_question_that_a_dying_process_has_is_asked_of_the_other(browser, processes):
    processes["web"].manner = dies
    for _ in range(4):
        answer = browser.get("/pricing")
        assert (answer.status_code, answer.text) == (200, "ok")
    assert processes["web"].accepted


@pytest.mark.parametrize("path", ["/v1/images/generations", "/v1/images/edits", ORDER, "/api/v1/references"])
def test_an_order_that_a_dying_process_has_is_sent_once_and_its_program_told_to_ask_again(
    browser, processes, path
):
    for one in processes.values():
        one.manner = dies
    answer = browser.post(path, json={"prompt": "a fox"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert answer.headers["Content-Type"] == "application/problem+json"
    said = json.loads(answer.text)
    assert (said["status"], said["code"], said["error"]["code"]) == (
        503,
        "unavailable",
        "service_unavailable",
    )
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert asked(processes) == 1


def test_a_person_is_told_in_a_sentence(browser, processes):
    for one in processes.values():
        one.manner = dies
    for answer in (browser.get("/studio"), browser.post("/studio/generate", data={"prompt": "a fox"})):
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
        assert answer.headers["Content-Type"].startswith("text/plain")
        assert "try again" in answer.text


@pytest.mark.parametrize("status", ["502 Bad Gateway", "503 Service Unavailable", "504 Gateway Timeout"])
def test_what_the_product_itself_answers_passes_unchanged(browser, processes, status):
    for one in processes.values():
        one.manner = says(b"the product's own", "Retry-After: 7", "Connection: close", status=status)
    answer = browser.post("/v1/images/generations", json={})
    assert (str(answer.status_code), answer.text) == (status[:3], "the product's own")
    assert answer.headers["Retry-After"] == "7"
    assert asked(processes) == 1
