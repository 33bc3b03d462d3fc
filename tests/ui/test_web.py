"""Who is let in by the server of the screens: only one who has the key, and comes from nowhere else."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer, unused_port

from s3bench_tui.ui.web import guard

KEY = "the-key"


async def inside(request: web.Request) -> web.Response:
    return web.Response(text="inside")


def status(path: str, *, cookie: str = "", headers: Mapping[str, str] | None = None) -> tuple[int, Mapping[str, str]]:
    """What is answered, and with which headers."""

    async def ask() -> tuple[int, Mapping[str, str]]:
        port = unused_port()
        app = web.Application(middlewares=[guard(KEY, port)])
        for route in ("/", "/ws"):
            app.router.add_get(route, inside)
        cookies = {f"s3bench-tui-{port}": cookie} if cookie else {}
        own = {name: value.replace("PORT", str(port)) for name, value in (headers or {}).items()}
        async with TestClient(TestServer(app, port=port), cookies=cookies) as client:
            answer = await client.get(path, headers=own, allow_redirects=False)
            return answer.status, answer.headers

    return asyncio.run(ask())


def test_the_key_opens_and_becomes_a_cookie() -> None:
    code, headers = status(f"/?key={KEY}")
    assert (code, headers["Location"]) == (302, "/")
    assert KEY in headers["Set-Cookie"]
    assert "HttpOnly" in headers["Set-Cookie"] and "SameSite=Strict" in headers["Set-Cookie"]


def test_nothing_is_loaded_from_elsewhere() -> None:
    code, headers = status("/", cookie=KEY)
    assert code == 200
    assert headers["Content-Security-Policy"].startswith("default-src 'self'")


@pytest.mark.parametrize("path", ["/", "/ws", "/?key=guess", "/?key=", "/ws?key=the-key"])
def test_without_the_key_nobody_enters(path: str) -> None:
    assert status(path)[0] == 403
    assert status(path, cookie="guess")[0] == 403


@pytest.mark.parametrize(
    "headers",
    [{"Host": "evil.example"}, {"Host": "evil.example:PORT"}, {"Origin": "http://evil.example"}, {"Origin": "null"}],
)
def test_pages_from_elsewhere_cannot_reach_it(headers: Mapping[str, str]) -> None:
    assert status("/ws", cookie=KEY, headers=headers)[0] == 403
    assert status(f"/?key={KEY}", headers=headers)[0] == 403


def test_its_own_pages_can() -> None:
    assert status("/ws", cookie=KEY, headers={"Origin": "http://127.0.0.1:PORT"})[0] == 200
