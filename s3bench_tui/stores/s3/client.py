"""How an s3:// target is asked: the vendor's SDK, one client for each end point, and its failures in words.

The SDK is loaded with the first question. Knows no probe, listing or clean-up: what is asked is the caller's business.
"""

from __future__ import annotations

import base64
import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from s3bench_tui import __version__
from s3bench_tui.stores.endpoint import Endpoint, check
from s3bench_tui.stores.place import Place
from s3bench_tui.stores.s3 import failure as failure
from s3bench_tui.stores.s3.credentials import Credentials, open_session
from s3bench_tui.stores.s3.endpoint import resolve, style
from s3bench_tui.stores.trust import trusted
from s3bench_tui.units import NS_PER_S

if TYPE_CHECKING:
    from s3bench_tui.spec.model.target import Target

POOL = 10
"""Connections to one end point."""
_PATIENT_ATTEMPTS = 5


class S3Client:
    """Asks the end points of one target about one bucket, or about buckets where `bucket` is empty.

    Looks for nothing and sends nothing before it is asked."""

    def __init__(
        self,
        target: Target,
        bucket: str,
        connect_timeout_ns: int,
        operation_timeout_ns: int,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._target = target
        self._bucket = bucket
        self._connect_timeout_ns = connect_timeout_ns
        self._operation_timeout_ns = operation_timeout_ns
        self._clock = clock
        self._monotonic = monotonic
        self._clients: dict[tuple[int, bool], Any] = {}
        self._opening = threading.Lock()
        for endpoint in target.endpoints:
            check(endpoint)
        self._written: tuple[str | None, ...] = target.endpoints or (None,)

    @cached_property
    def credentials(self) -> Credentials:
        return Credentials(self._session, self._target.anonymous, self._monotonic)

    @cached_property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """Where the target's end points are; at least one."""
        target = self._target
        return tuple(
            resolve(self._session, self._bucket, endpoint, target.region, target.addressing)
            for endpoint in self._written
        )

    @cached_property
    def ca_file(self) -> str:
        """The CAs that are trusted: the target's, AWS_CA_BUNDLE's or the profile's, or those that come with the SDK."""
        from botocore.httpsession import get_cert_path

        chosen = self._target.tls.ca_file or self._session.get_config_variable("ca_bundle")
        return trusted(chosen, "`tls: {ca_file: ...}` or AWS_CA_BUNDLE", str(get_cert_path(True)))

    def ask(
        self, operation: str, doing: str, index: int = 0, patient: bool = False, **parameters: Any
    ) -> dict[str, Any]:
        """The SDK's answer to `operation` on the bucket from end point `index`, tried several times where `patient`.

        A TargetError says what failed while `doing`; its cause is the SDK's exception. A body is read to its end, into
        "Body".
        """
        client = self._client(index, patient)
        named = {"Bucket": self._bucket} if self._bucket else {}
        with self._told(doing, index):
            answer: dict[str, Any] = getattr(client, operation)(**named, **parameters)
            if hasattr(answer.get("Body"), "read"):
                answer["Body"] = answer["Body"].read()
            return answer

    def place(self, index: int = 0) -> Place:
        """End point `index`, for sentences about it."""
        return Place(
            target=f"s3://{self._bucket}",
            url=self.endpoints[index].url,
            region=self.endpoints[index].region,
            source=self.credentials.source,
            connect_timeout_ns=self._connect_timeout_ns,
            operation_timeout_ns=self._operation_timeout_ns,
            secrets=self.credentials.secrets,
        )

    def close(self) -> None:
        for client in self._clients.values():
            client.close()
        self._clients.clear()

    @cached_property
    def _session(self) -> Any:
        return open_session(self._target.profile)

    @contextmanager
    def _told(self, doing: str, index: int) -> Iterator[None]:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield
        except (BotoCoreError, ClientError, OSError) as error:
            raise failure.explain(error, doing, self.place(index), self._clock()) from error

    def _client(self, index: int, patient: bool) -> Any:
        with self._opening:
            if (index, patient) not in self._clients:
                self._clients[index, patient] = self._opened(index, patient)
            return self._clients[index, patient]

    def _opened(self, index: int, patient: bool) -> Any:
        import botocore
        import urllib3
        from botocore.config import Config

        self.credentials.mapping()  # says what was looked at where there are none; the SDK would not
        target = self._target
        secure = self.endpoints[index].scheme == "https"
        if target.tls.insecure:
            urllib3.disable_warnings()  # asked for, and said in the probe's line and in the report
        client = self._session.create_client(
            "s3",
            region_name=target.region,
            endpoint_url=self._written[index],
            verify=self.ca_file if secure and not target.tls.insecure else False,
            config=Config(
                signature_version=botocore.UNSIGNED if target.anonymous else "s3v4",
                connect_timeout=self._connect_timeout_ns / NS_PER_S,
                read_timeout=self._operation_timeout_ns / NS_PER_S,
                retries={"mode": "standard", "total_max_attempts": _PATIENT_ATTEMPTS if patient else 1},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
                max_pool_connections=POOL,
                proxies={},  # drivers use none: what is shown here must be what is measured there
                user_agent_extra=f"s3bench-tui/{__version__}",
                **style(target.addressing),
            ),
        )
        client.meta.events.register("before-call.s3", _stay_in_region)
        client.meta.events.register("before-call.s3.DeleteObjects", _sum_with_md5)
        return client


def _stay_in_region(params: dict[str, Any], **_: Any) -> None:
    """Keep the SDK from following a bucket to its region: drivers would not, and the user should know."""
    params["context"].setdefault("s3_redirect", {})["redirected"] = True


def _sum_with_md5(params: dict[str, Any], **_: Any) -> None:
    """The checksum that every server knows in place of the SDK's CRC, which older ones refuse."""
    params["context"].pop("checksum", None)
    digest = hashlib.md5(params["body"], usedforsecurity=False).digest()
    params["headers"]["Content-MD5"] = base64.b64encode(digest).decode()
