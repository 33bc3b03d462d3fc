"""The screens in a browser on this machine: textual-serve, with a process for each tab, all before one keeper of runs.

Listens on loopback only, and answers only those who know the key that was printed: other users of the machine and
pages from elsewhere must not steer a load. A tab has no terminal, so nothing can be opened in an editor or a shell.
"""

from __future__ import annotations

import hmac
import os
import secrets
import shlex
import socket
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from s3bench_tui.engine.coordination.crew import environment
from s3bench_tui.errors import ConfigError, ExitCode, Problem
from s3bench_tui.live.launch import launch
from s3bench_tui.live.places import Place, home
from s3bench_tui.live.reach import Reach
from s3bench_tui.live.seat import Seat
from s3bench_tui.report.outputs import tell

if TYPE_CHECKING:
    from aiohttp import web

_LOOPBACK = "127.0.0.1"
_NOTHING_FROM_ELSEWHERE = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self' ws://127.0.0.1:* ws://localhost:*; frame-ancestors 'none'"
)
Handler = Callable[["web.Request"], Awaitable["web.StreamResponse"]]


def serve(workload: str, port: int, reach: Reach) -> ExitCode:
    """Serve until interrupted; `workload` is the file that new tabs begin with. ConfigError where it cannot be."""
    try:
        import textual_serve.server
        from aiohttp import web
    except ImportError:
        hint = 'Install it: pip install "s3bench-tui[web]"'
        raise ConfigError([Problem("screens in a browser need the package textual-serve", hint)]) from None
    listener = _listener(port)
    port = listener.getsockname()[1]
    key = secrets.token_urlsafe(16)
    place = launch(reach)
    seat = Seat(place, can_steer=False)  # as long as it is taken, runs outlive tabs that are closed
    os.environ["PYTHONPATH"] = environment()["PYTHONPATH"]
    tab = [sys.executable, "-P", "-m", "s3bench_tui.ui.web", place.name, workload]
    server = textual_serve.server.Server(shlex.join(tab), _LOOPBACK, port, title="s3bench-tui")

    async def application() -> web.Application:
        app = await server._make_app()  # textual-serve has no other way to add a guard
        app.on_startup.clear()
        app.middlewares.append(guard(key, port))
        return app

    tell(
        sys.stdout, f"http://{_LOOPBACK}:{port}/?key={key}\nOnly this address opens the screens. Ctrl-C ends serving.\n"
    )
    try:
        web.run_app(application(), sock=listener, print=None)
    finally:
        seat.close()
    try:
        about = place.ask()
    except (OSError, EOFError):
        return ExitCode.OK
    if about.running:
        tell(sys.stdout, f"{about.run_name} goes on; to come back to it: s3bench-tui attach {about.name}\n")
    return ExitCode.OK


def _listener(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((_LOOPBACK, port))
    except (OSError, OverflowError) as error:
        listener.close()
        said = error.strerror if isinstance(error, OSError) else "it must be between 0 and 65535"
        raise ConfigError([Problem(f"port {port}: {said}", "Give another one, or 0 for any", file="--port")]) from None
    return listener


def guard(key: str, port: int) -> Any:
    """Lets in who names this server by its own address and has the key, in the address at first and then in a cookie."""
    from aiohttp import web

    cookie = f"s3bench-tui-{port}"
    hosts = {f"{name}:{port}" for name in (_LOOPBACK, "localhost")}
    origins = {f"http://{host}" for host in hosts}

    def knows(word: str | None) -> bool:
        return word is not None and hmac.compare_digest(word.encode(), key.encode())

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.host not in hosts or request.headers.get("Origin", f"http://{request.host}") not in origins:
            raise web.HTTPForbidden(text="Open the address that s3bench-tui web has printed.")
        if request.path == "/" and knows(request.query.get("key")):
            entered = web.HTTPFound("/")
            entered.set_cookie(cookie, key, httponly=True, samesite="Strict")
            raise entered
        if not knows(request.cookies.get(cookie)):
            raise web.HTTPForbidden(text="Open the address that s3bench-tui web has printed, with the key in it.")
        response = await handler(request)
        if not response.prepared:
            response.headers["Content-Security-Policy"] = _NOTHING_FROM_ELSEWHERE
        return response

    return check


def tab(name: str, workload: str) -> None:
    """The process of one tab; textual-serve talks with it through its standard input and output."""
    from s3bench_tui.ui.actions import ACTIONS, LIVE, SETUP
    from s3bench_tui.ui.app import BenchApp
    from s3bench_tui.ui.preferences import config_file, load

    place = Place(home() / name)
    begin = LIVE if place.ask().run_name else SETUP
    preferences = load(config_file(), [action.id for action in ACTIONS])
    BenchApp(Seat(place), source=workload, place=begin, preferences=preferences, reach=place.reach).run()


if __name__ == "__main__":
    tab(*sys.argv[1:])
