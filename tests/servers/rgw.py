"""Ceph's RADOS gateway over a monitor and one OSD in memory: a real object store that verifies everything.

Its oddities: CompleteMultipartUpload answers an empty ETag; a chunked request gets 411 (boto3 over TLS:
request_checksum_calculation="when_required"); any region is accepted; error messages are empty; bucket names
need three letters.
"""

from __future__ import annotations

import subprocess
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.servers.process import Server, ServerError, clean_environment, require, running, tail

REMEDY = "on Debian or Ubuntu: sudo apt-get install --no-install-recommends radosgw ceph-mon ceph-osd"
ACCESS_KEY, SECRET_KEY = "rgwtestaccesskey0001", "rgwtestsecretkey000000000000000000000001"


@contextmanager
def serve(directory: Path) -> Iterator[Server]:
    """Run monitor, OSD and gateway in this empty directory; needs no root, and takes about a second.

    `pid` is the gateway's.
    """
    programs = {
        name: require(name, REMEDY)
        for name in ("monmaptool", "ceph-mon", "ceph-osd", "ceph", "radosgw-admin", "radosgw")
    }
    config, cluster = directory / "ceph.conf", str(uuid.uuid4())
    for name in ("mon", "osd", "rgw", "run", "log"):
        (directory / name).mkdir()
    (directory / "keyring").touch()

    def once(name: str, *arguments: str) -> None:
        log = directory / f"{name}.once.log"
        with log.open("ab") as output:
            done = subprocess.run(
                [programs[name], "-c", str(config), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=clean_environment(),
                timeout=60,
                check=False,
            )
        if done.returncode:
            raise ServerError(f"{name} {' '.join(arguments)} failed ({done.returncode})\n{tail(log)}")

    def monitor(port: int) -> list[str]:
        config.write_text(_config(directory, cluster, port))
        monmap = directory / "monmap"
        address = ["--addv", "a", f"[v2:127.0.0.1:{port}]"]
        once("monmaptool", "--create", "--clobber", "--fsid", cluster, *address, str(monmap))
        once("ceph-mon", "-i", "a", "--mkfs", "--monmap", str(monmap))
        return [programs["ceph-mon"], "-f", "-c", str(config), "-i", "a"]

    def gateway(port: int) -> list[str]:
        # Without tcp_nodelay each answer on a kept connection waits 40 ms for the client's delayed ACK.
        frontend = f"--rgw-frontends=beast endpoint=127.0.0.1:{port} tcp_nodelay=1"
        return [programs["radosgw"], "-f", "-c", str(config), "-n", "client.rgw", frontend]

    with ExitStack() as stack:
        stack.enter_context(running(monitor, directory / "mon.log", attempts=1))
        osd = str(uuid.uuid4())
        once("ceph", "--connect-timeout", "20", "osd", "new", osd, "0")
        once("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", osd)
        osd_command = [programs["ceph-osd"], "-f", "-c", str(config), "-i", "0"]
        stack.enter_context(running(lambda: osd_command, directory / "osd.log", ports=0))
        keys = [f"--access-key={ACCESS_KEY}", f"--secret-key={SECRET_KEY}"]
        once("radosgw-admin", "user", "create", "--uid=bench", "--display-name=bench", *keys)
        process, (port,) = stack.enter_context(running(gateway, directory / "rgw.log"))
        yield Server(f"http://127.0.0.1:{port}", process.pid, ACCESS_KEY, SECRET_KEY)


def _config(directory: Path, cluster: str, monitor_port: int) -> str:
    """No authentication inside (hence `crc`: the secure mode needs it), no replicas, nothing outside the directory."""
    return f"""
[global]
fsid = {cluster}
mon host = v2:127.0.0.1:{monitor_port}/0
ms bind ipv6 = false
ms bind msgr1 = false
public addr = 127.0.0.1
cluster addr = 127.0.0.1
auth cluster required = none
auth service required = none
auth client required = none
ms cluster mode = crc
ms service mode = crc
ms client mode = crc
ms mon cluster mode = crc
ms mon service mode = crc
ms mon client mode = crc
run dir = {directory}/run
admin socket =
crash dir = {directory}/run
log file = {directory}/log/$name.log
keyring = {directory}/keyring
osd crush chooseleaf type = 0
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd pool default pgp num = 8
osd pool default pg autoscale mode = off
mon allow pool size one = true
mon warn on pool no redundancy = false
mon max pg per osd = 10000
mon cluster log to file = false
paxos propose interval = 0.02
paxos min wait = 0.01
debug default = 0
[mon]
mon data = {directory}/mon
mon data avail warn = 2
mon data avail crit = 1
[osd]
osd data = {directory}/osd
osd objectstore = memstore
memstore device bytes = 2147483648
memstore page set = false
osd class update on start = false
[client]
rgw data = {directory}/rgw
rgw rados pool pg num min = 8
rgw enable usage log = false
rgw enable ops log = false
rgw enable lc threads = false
rgw enable quota threads = false
rgw run sync thread = false
rgw dns name = localhost
rgw crypt require ssl = false
"""
