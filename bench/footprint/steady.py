"""Orders at a steady pace, whether or not the answers keep up, as people and programs send them.

`python -m bench.footprint.steady WEB-PORT LIVE-PORT TOKEN RATE SECONDS`: every second image is ordered over REST at web, every
other one waited for at live as OpenAI's clients do, and once a second somebody opens a page. Any answer but 2xx ends it.
"""

import asyncio
import sys
import time

import httpx
import uvloop

BODY = {"model": "gpt-image-2.5-flare", "prompt": "A lighthouse", "size": "1024x1024", "quality": "medium"}
PAGES = ("/", "/pricing", "/models")
LAST = 60.0


async def main() -> None:
    web, live, token = (f"http://127.0.0.1:{sys.argv[1]}", f"http://127.0.0.1:{sys.argv[2]}", sys.argv[3])
    rate, seconds = float(sys.argv[4]), float(sys.argv[5])
    headers, limits = {"Authorization": f"Bearer {token}"}, httpx.Limits(max_connections=None)
    begin = time.monotonic()
    async with (
        httpx.AsyncClient(headers=headers, timeout=LAST, limits=limits, trust_env=False) as program,
        httpx.AsyncClient(timeout=LAST, trust_env=False) as browser,
        asyncio.TaskGroup() as crowd,
    ):
        for number in range(round(rate * seconds)):
            await asyncio.sleep(max(0.0, begin + number / rate - time.monotonic()))
            path = f"{live}/v1/images/generations" if number % 2 else f"{web}/api/v1/generations"
            crowd.create_task(_ask(program, "POST", path, BODY))
            if number % round(rate) == 0:
                page = PAGES[number // round(rate) % len(PAGES)]
                crowd.create_task(_ask(browser, "GET", f"{web}{page}", None))


async def _ask(client: httpx.AsyncClient, method: str, url: str, body: dict[str, str] | None) -> None:
    answer = await client.request(method, url, json=body)
    if not answer.is_success:
        raise RuntimeError(f"{method} {url}: {answer.status_code} {answer.text[:300]}")


if __name__ == "__main__":
    uvloop.run(main())
