"""The data plane of s3:// through boto3, with its own retries and checksums. What it shares with others is in stores.sdk.driver."""

from __future__ import annotations

from importlib.metadata import version
from time import monotonic_ns
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from s3bench_tui import __version__
from s3bench_tui.stores.base import DriverConfig, Operation, PayloadSource
from s3bench_tui.stores.options import LineOptions
from s3bench_tui.stores.outcome import CONNECT, INTEGRITY, PARTIAL, PROTOCOL, RESET, TIMEOUT, TLS
from s3bench_tui.stores.s3 import failure as failure
from s3bench_tui.stores.s3.credentials import open_session
from s3bench_tui.stores.s3.endpoint import style
from s3bench_tui.stores.sdk.driver import POOL, Sdk, SdkDriver
from s3bench_tui.stores.sdk.failure import DETAIL_LIMIT, refused, unanswered
from s3bench_tui.units import NS_PER_S

if TYPE_CHECKING:
    from s3bench_tui.spec.model.target import Target  # pydantic, which no worker loads

_CHUNK_BYTES = 256 * 1024
_DEFAULT_ATTEMPTS = {"legacy": 5, "standard": 3, "adaptive": 3}
"""The SDK's, by retry mode; the first attempt is one of them."""

_OUTCOMES = {
    "ConnectTimeoutError": CONNECT,
    "EndpointConnectionError": CONNECT,
    "ReadTimeoutError": TIMEOUT,
    "SSLError": TLS,
    "ConnectionClosedError": RESET,
    "IncompleteReadError": RESET,
    "ResponseStreamingError": RESET,
    "ResponseParserError": PROTOCOL,
    "HTTPClientError": PROTOCOL,
    "FlexibleChecksumError": INTEGRITY,
}
"""By the names of the SDK's exceptions, so that no worker loads it to know them."""


def told(target: Target) -> Sdk:
    """What this driver is told and the report shows; sends nothing. TargetError where the AWS configuration is wrong.

    Settings: endpoint_urls (None: the SDK's own choice), profile, addressing, anonymous.
    """
    session = open_session(target.profile)
    mode = session.get_config_variable("retry_mode") or "standard"
    return Sdk(
        "boto3",
        {
            "endpoint_urls": list(target.endpoints or (None,)),
            "profile": target.profile,
            "addressing": target.addressing,
            "anonymous": target.anonymous,
        },
        {
            "boto3": version("boto3"),
            "retry_mode": mode,
            "max_attempts": session.get_config_variable("max_attempts") or _DEFAULT_ATTEMPTS.get(mode, 0),
            "pool_connections": POOL,
            "request_checksums": session.get_config_variable("request_checksum_calculation"),
            "response_checksums": session.get_config_variable("response_checksum_validation"),
        },
    )


def _put_more(line: LineOptions) -> dict[str, Any]:
    """What a PUT of this line asks of the SDK beside what every PUT does."""
    said = {
        "Metadata": dict(line.metadata),
        "Tagging": urlencode(line.tags, quote_via=quote),
        "StorageClass": line.storage_class,
        "ContentType": line.content_type,
        "CacheControl": line.cache_control,
    }
    return {name: value for name, value in said.items() if value}


class S3SdkDriver(SdkDriver):
    """boto3's client of S3."""

    def __init__(self, config: DriverConfig, payload: PayloadSource) -> None:
        super().__init__(config, payload)
        self._put_more = [_put_more(line) for line in config.lines]

    def _opened(self) -> list[Any]:
        import boto3
        import botocore
        import urllib3
        from botocore.config import Config

        config, said, keys = self._config, self._config.options, self._credentials
        if said["insecure"]:
            urllib3.disable_warnings()  # asked for, and said in the report
        session = boto3.session.Session(profile_name=said["profile"])
        clients = [
            session.client(
                "s3",
                region_name=said["region"],
                endpoint_url=url,
                verify=said["ca_file"] or not said["insecure"],
                aws_access_key_id=keys.get("access_key"),
                aws_secret_access_key=keys.get("secret_key"),
                aws_session_token=keys.get("token"),
                # Retries and checksums are left as the SDK and its configuration have them: so do applications.
                config=Config(
                    connect_timeout=config.connect_timeout_ns / NS_PER_S,
                    read_timeout=config.operation_timeout_ns / NS_PER_S,
                    max_pool_connections=self._pool,
                    proxies={},  # the probe and the lean client use none
                    user_agent_extra=f"s3bench-tui/{__version__}",
                    **({"signature_version": botocore.UNSIGNED} if said["anonymous"] else {}),
                    **style(said["addressing"]),
                ),
            )
            for url in said["endpoint_urls"]
        ]
        for client in clients:
            client.meta.events.register("before-send.s3", self._count_attempt)
        return clients

    def _count_attempt(self, **_: Any) -> None:
        """Called by the SDK in the operation's thread before each attempt; sends nothing itself."""
        self._own.attempts += 1

    def _perform(self, op: Operation, client: Any) -> None:
        self._own.attempts = 0
        try:
            super()._perform(op, client)
        except Exception:
            self._own.retries = max(0, self._own.attempts - op.pages - 1)
            raise
        self._own.retries = max(0, self._own.attempts - (op.pages or 1))

    def _explain(self, error: Exception) -> tuple[int, str]:
        status = failure.status_of(error)
        if not status:
            return unanswered(error, _OUTCOMES)
        answer = getattr(error, "response", {})
        message = str(answer.get("Error", {}).get("Message") or "")
        request_id = str(answer.get("ResponseMetadata", {}).get("RequestId") or "")
        return status, refused(status, failure.code_of(error), message, request_id)

    def _get(self, op: Operation, client: Any) -> None:
        ranged = op.offset >= 0
        span = {"Range": f"bytes={op.offset}-{op.offset + op.length - 1}"} if ranged else {}
        answer = client.get_object(Bucket=self._config.root, Key=op.key, **span)
        body = answer["Body"]
        got = 0
        try:
            while chunk := body.read(_CHUNK_BYTES if got else 1):  # one byte first: it shows when the body begins
                if not got:
                    op.first_byte_ns = monotonic_ns()
                got += len(chunk)
        finally:
            body.close()
        if ("ContentRange" in answer) != ranged:
            asked, came = ("a range", "the whole object") if ranged else ("the whole object", "a part")
            op.outcome, op.detail = PROTOCOL, f"{asked} was asked for, and {came} came"
        else:
            self._came(op, got)

    def _put(self, op: Operation, client: Any) -> None:
        more = self._put_more[op.entry] if self._put_more else {}
        client.put_object(Bucket=self._config.root, Key=op.key, Body=self._own.body, **more)
        op.transferred = op.length

    def _stat(self, op: Operation, client: Any) -> None:
        op.length = client.head_object(Bucket=self._config.root, Key=op.key).get("ContentLength", -1)

    def _list(self, op: Operation, client: Any) -> None:
        options = self._pages.options(op)
        wanted: dict[str, Any] = {"Bucket": self._config.root, "Prefix": op.key}
        wanted |= {"MaxKeys": options.max_keys} if options.max_keys else {}
        wanted |= {"Delimiter": options.delimiter} if options.delimiter else {}
        token = self._pages.first(op)
        self._pages.forget(op)  # whatever goes wrong, the next walk begins anew
        while True:
            page = client.list_objects_v2(**wanted, **({"ContinuationToken": token} if token else {}))
            op.pages += 1
            op.items += len(page.get("Contents", ())) + len(page.get("CommonPrefixes", ()))
            token = self._pages.following(op, page.get("NextContinuationToken"))
            if token is None:
                return

    def _copy(self, op: Operation, client: Any) -> None:
        bucket = self._config.root
        client.copy_object(Bucket=bucket, Key=op.key, CopySource={"Bucket": bucket, "Key": op.source})

    def _tag(self, op: Operation, client: Any) -> None:
        tags = [{"Key": name, "Value": value} for name, value in self._config.lines[op.entry].tags]
        client.put_object_tagging(Bucket=self._config.root, Key=op.key, Tagging={"TagSet": tags})

    def _get_tags(self, op: Operation, client: Any) -> None:
        client.get_object_tagging(Bucket=self._config.root, Key=op.key)

    def _delete(self, op: Operation, client: Any) -> None:
        if not op.keys:
            client.delete_object(Bucket=self._config.root, Key=op.key)
            return
        wanted = {"Objects": [{"Key": key} for key in op.keys], "Quiet": True}
        left = client.delete_objects(Bucket=self._config.root, Delete=wanted).get("Errors", ())
        op.items = len(op.keys) - len(left)
        if left:
            first = left[0]
            words = f"{first.get('Key')}: {first.get('Code')} {first.get('Message')}"
            op.outcome = PARTIAL
            op.detail = f"{len(left)} of {len(op.keys)} keys were not deleted; {words}"[:DETAIL_LIMIT]
