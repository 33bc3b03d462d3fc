"""The controller, against agents made from the description of s3-bench alone, and against our own."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc

from s3bench_tui import __version__
from tests.e2e.program import Running, environment, run, started
from tests.fleet import seed
from tests.fleet.agents import agent
from tests.servers.certificates import Certificate, Certificates

TOKEN = "correct-horse-battery-staple"


def plain(*addresses: str) -> list[str]:
    return ["controller", "--agents", ",".join(addresses), "--insecure"]


def test_agents_of_s3_bench(tmp_path: Path) -> None:
    asked = []
    together = threading.Barrier(2, timeout=20)

    def get(request: seed.Any, context: grpc.ServicerContext) -> dict[str, seed.Any]:
        together.wait()  # none is answered before both are asked
        asked.append((request.uri, request.jobs))
        return {"total_bytes": 1 << 20, "seconds": 2.0, "notes": "two\nlines \x1b[31m"}

    answers = {"Ping": lambda request, context: {"version": "0.2.1"}, "RunGet": get}
    with seed.agent(answers) as one, seed.agent(answers) as two:
        ended = run(*plain(one, two), "ping", cwd=tmp_path)
        assert (ended.code, ended.out.split()) == (0, ["agent", "version", one, "0.2.1", two, "0.2.1"])
        ended = run(*plain(one, two), "get", "--uri", "s3://b/p/*", "--jobs", "9", cwd=tmp_path)
    assert ended.code == 0, ended.err
    assert asked == [("s3://b/p/*", 9)] * 2
    assert ended.out.count("1,048,576") == 2 and ended.out.count("512 KiB/s") == 2
    assert "two lines" in ended.out and "\x1b" not in ended.out


def test_put_says_what_was_asked_for(tmp_path: Path) -> None:
    asked = []

    def put(request: seed.Any, context: grpc.ServicerContext) -> dict[str, seed.Any]:
        asked.append((request.bucket, request.prefix, request.object_size, request.objects, request.concurrency))
        return {"total_bytes": 7, "seconds": 0.0}

    with seed.agent({"Ping": lambda request, context: {"version": "0.2.1"}, "RunPut": put}) as one:
        assert run(*plain(one), "put", "--bucket", "b", cwd=tmp_path).code == 0
        options = ["--prefix", "", "--object-size", "4KiB", "--objects", "1,000", "--concurrency", "8"]
        assert run(*plain(one), "put", "--bucket", "az://a/c/", *options, cwd=tmp_path).code == 0
        ended = run(*plain(one), "put", "--bucket", "b", "--objects", "0", cwd=tmp_path)
        assert (ended.code, "--objects is 0" in ended.err) == (2, True)
    assert asked == [("b", "bench/", 1024, 1, 4), ("az://a/c/", "", 4096, 1000, 8)]


def test_agents_of_the_later_name(tmp_path: Path) -> None:
    with seed.agent({"Ping": lambda request, context: {"version": "0.6.11"}}, "iobench") as one:
        ended = run(*plain(one), "ping", cwd=tmp_path)
    assert (ended.code, "0.6.11" in ended.out) == (0, True)


def test_a_line_for_each_agent_that_fails(tmp_path: Path) -> None:
    def refuse(request: seed.Any, context: grpc.ServicerContext) -> dict[str, seed.Any]:
        context.abort(grpc.StatusCode.INTERNAL, "the disk is\nfull")

    version = {"Ping": lambda request, context: {"version": "0.2.1"}}
    with (
        seed.agent({}) as foreign,
        seed.agent({**version, "RunGet": refuse}) as failing,
        seed.agent(version) as gone,
        agent(tmp_path) as ours,
    ):
        closed = "127.0.0.1:1"
        ended = run(*plain(foreign, failing, gone, closed, ours.address), "get", "--uri", "null://x/k", cwd=tmp_path)
    assert ended.code == 3
    lines = dict(line.removeprefix("error: ").split(": ", 1) for line in ended.err.splitlines())
    assert lines[failing] == "the disk is full"
    assert lines[closed] == "nothing listens there; is the agent running?"
    assert "another version" in lines[foreign] and "another version" in lines[gone]
    assert ours.address not in lines and ours.address in ended.out
    assert ended.out.count("failed") == 4


def test_our_own_agents_with_a_token(tmp_path: Path) -> None:
    with agent(tmp_path, "--token-env", "TOKEN", TOKEN=TOKEN) as one:
        wrong = run(*plain(one.address), "--token-env", "TOKEN", "ping", cwd=tmp_path, TOKEN="another-horse-battery")
        assert (wrong.code, "wrong token" in wrong.err) == (3, True)
        assert "no token" in run(*plain(one.address), "ping", cwd=tmp_path).err
        (tmp_path / "token").write_text(TOKEN)
        right = run(*plain(one.address), "--token-file", tmp_path / "token", "ping", cwd=tmp_path)
        assert (right.code, __version__ in right.out) == (0, True)


def test_mutual_tls_with_certificates_of_its_own(tmp_path: Path) -> None:
    made = tmp_path / "tls"
    with agent(tmp_path, "--tls-self-signed", made) as one:
        secure = ["controller", "--agents", one.address, "--agent-ca", made / "ca.pem"]
        assert run(*secure, "ping", cwd=tmp_path).code == 0
        assert "--agent-ca" in run("controller", "--agents", one.address, "ping", cwd=tmp_path).err
    with agent(tmp_path, "--tls-self-signed", made, "--tls-client-ca", made / "ca.pem") as one:
        secure = ["controller", "--agents", one.address, "--agent-ca", made / "ca.pem"]
        assert "want a certificate" in run(*secure, "ping", cwd=tmp_path).err
        own = ["--tls-cert", made / "controller_cert.pem", "--tls-key", made / "controller_key.pem"]
        ended = run(*secure, *own, "ping", cwd=tmp_path)
        assert ended.code == 0, ended.err


def test_certificates_that_are_wrong(tmp_path: Path, certificates: Certificates) -> None:
    def credentials(files: Certificate) -> grpc.ServerCredentials:
        return grpc.ssl_server_credentials([(files.key_file.read_bytes(), files.cert_file.read_bytes())])

    version = {"Ping": lambda request, context: {"version": "0.2.1"}}
    with (
        seed.agent(version, credentials=credentials(certificates.expired)) as expired,
        seed.agent(version, credentials=credentials(certificates.wrong_name)) as other,
        seed.agent(version, credentials=credentials(certificates.good)) as good,
    ):
        asked = ["controller", "--agents", f"{expired},{other},{good}", "--agent-ca", certificates.ca_file]
        ended = run(*asked, "ping", cwd=tmp_path)
    lines = dict(line.removeprefix("error: ").split(": ", 1) for line in ended.err.splitlines())
    assert ended.code == 3
    assert "has expired" in lines[expired]
    assert "for another name" in lines[other]
    assert good not in lines


HANGING = """
import sys, threading
from tests.fleet import seed

def hang(request, context):
    print("working", flush=True)
    threading.Event().wait()

with seed.agent({"Ping": lambda request, context: {"version": "0.2.1"}, "RunGet": hang}) as address:
    print(address, flush=True)
    threading.Event().wait()
"""


@contextmanager
def asked_to_hang(folder: Path) -> Iterator[tuple[Running, subprocess.Popen[str]]]:
    """A controller that waits for an agent, and that agent."""
    process = subprocess.Popen([sys.executable, "-c", HANGING], env=environment(), stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        with started(*plain(address), "get", "--uri", "s3://b/k", cwd=folder) as controller:
            assert process.stdout.readline() == "working\n"
            yield controller, process
    finally:
        process.kill()
        process.communicate()


def test_an_agent_that_is_lost_while_it_works(tmp_path: Path) -> None:
    with asked_to_hang(tmp_path) as (controller, process):
        process.kill()
        ended = controller.end()
    assert (ended.code, "was lost while it worked" in ended.err) == (3, True), ended.err


def test_an_interrupt_hangs_up(tmp_path: Path) -> None:
    with asked_to_hang(tmp_path) as (controller, _):
        controller.process.send_signal(signal.SIGINT)
        ended = controller.end()
    assert (ended.code, ended.out) == (130, "")
