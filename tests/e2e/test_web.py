"""The screens as browsers have them: real tabs over a websocket, all before one run, which outlives each of them."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import pyte
import pytest

from s3bench_tui.live.places import Place, keepers
from s3bench_tui.live.wire import About
from tests.e2e.program import PATIENCE_S, started, workload

pytestmark = pytest.mark.usefixtures("temporary")
MIX: dict[str, Any] = {"name": "mix", "duration": "60s", "workload": [{"op": "get"}]}


class Tab:
    """One websocket, and the screen that is drawn over it."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket
        self._screen = pyte.Screen(120, 36)
        self._stream = pyte.ByteStream(self._screen)

    async def shows(self, *texts: str) -> None:
        """Wait until all of these stand on it."""
        deadline = time.monotonic() + PATIENCE_S
        while not all(text in "\n".join(self._screen.display) for text in texts):
            left_s = deadline - time.monotonic()
            assert left_s > 0, f"{texts} never stood there:\n" + "\n".join(self._screen.display)
            message = await asyncio.wait_for(self._socket.receive(), left_s)
            assert message.type in (aiohttp.WSMsgType.BINARY, aiohttp.WSMsgType.TEXT), message
            if message.type == aiohttp.WSMsgType.BINARY:
                self._stream.feed(message.data)

    async def press(self, keys: str) -> None:
        await self._socket.send_json(["stdin", keys])

    async def close(self) -> None:
        await self._socket.close()


async def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


async def two_tabs(address: str, place: Place) -> About:
    url, _, _ = address.partition("?")
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
        async with browser.get(url) as refused:
            assert refused.status == 403, "without the key"
        async with browser.get(address) as page:
            assert page.status == 200 and "textual" in (await page.text()).lower()
        websocket = f"{url.replace('http', 'ws', 1)}ws?width=120&height=36"
        first = Tab(await browser.ws_connect(websocket))
        await first.shows("F2 SETUP", "can run")
        await first.press("\x12")  # ctrl+r
        await first.shows("F3 LIVE", "RUN")
        second = Tab(await browser.ws_connect(websocket))
        await second.shows("F3 LIVE", "RUN", "mix")
        await until(lambda: place.ask().seats == 3)  # the server itself has one
        await first.close()
        await until(lambda: place.ask().seats == 2)
        await second.press("\x1b[C")  # right: one slot more
        await second.shows("slots 4>5")
        about = place.ask()
        await second.close()
        return about


def test_tabs_come_and_go_and_the_run_goes_on(tmp_path: Path) -> None:
    with started("web", workload(tmp_path, **MIX), "--port", "0", cwd=tmp_path, COLORTERM="truecolor") as running:
        assert running.process.stdout is not None
        address = running.process.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:") and "?key=" in address
        [(place, _)] = keepers()
        about = asyncio.run(two_tabs(address, place))
        assert about.running and about.run_name == "mix"
        listening = {
            line.split()[1] for line in Path("/proc/net/tcp").read_text().splitlines() if line.split()[3] == "0A"
        }
        port = int(address.split(":")[2].partition("/")[0])
        assert [at for at in listening if at.endswith(f":{port:04X}")] == [f"0100007F:{port:04X}"], "loopback alone"
        os.kill(running.process.pid, signal.SIGINT)
        assert running.process.wait(PATIENCE_S) == 0
        assert "mix goes on; to come back to it: s3bench-tui attach 1" in running.process.stdout.read()
        assert place.ask().running
