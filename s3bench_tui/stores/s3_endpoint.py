"""Where an s3:// target is: the address, the Host and the path that the wire needs.

The vendor's SDK decides (partitions, dual-stack, FIPS, virtual-hosted or path style): it builds one request with
made-up keys, which is taken apart and never sent. Knows no credentials.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from types import SimpleNamespace
from typing import Any
from urllib.parse import SplitResult, urlsplit

from s3bench_tui.errors import TargetError

_DEFAULT_PORTS = {"http": 80, "https": 443}
_KEY = "k"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One address of a bucket. `base_path` precedes `/key`: `/bucket` in path style, empty where the host names it."""

    scheme: str
    host: str
    """A name, or an address without brackets."""
    port: int
    host_header: str
    base_path: str
    region: str
    """What requests are signed for."""

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host_header}{self.base_path}"

    def as_option(self) -> dict[str, Any]:
        """What `DriverConfig.options["endpoints"]` holds of it."""
        return {
            "scheme": self.scheme,
            "host": self.host,
            "port": self.port,
            "host_header": self.host_header,
            "base_path": self.base_path,
        }


def check(endpoint: str) -> None:
    """TargetError where `endpoint` is no URL of a server; never repeats what may be a secret."""
    if "@" in endpoint:
        raise TargetError(
            "the end point carries a user name or password; write it without, credentials come from the "
            "environment or a profile"
        )
    if "://" not in endpoint:
        raise TargetError(f"the end point {endpoint!r} has no scheme; write http://{endpoint} or https://{endpoint}")
    scheme, _, rest = endpoint.partition("://")
    if scheme.lower() not in _DEFAULT_PORTS:
        raise TargetError(f"the end point {endpoint!r} is not HTTP; write http://{rest} or https://{rest}")
    try:
        parts = urlsplit(endpoint)
        known = bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, or an unclosed bracket
        known = False
    if not known:
        raise TargetError(f"the end point {endpoint!r} names no server; write for example http://127.0.0.1:9000")
    if parts.query or parts.fragment:
        raise TargetError(f"the end point {parts.scheme}://{parts.netloc}{parts.path} has a query; write it without")


def resolve(session: Any, bucket: str, endpoint: str | None, region: str | None, addressing: str) -> Endpoint:
    """The address that the botocore `session` would send requests for `bucket` to; those about buckets where it is empty.

    `endpoint` None takes the session's own (AWS_ENDPOINT_URL, a profile's, or AWS itself). TargetError where the SDK
    makes no address of it.
    """
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, InvalidRegionError, ParamValidationError

    if bucket.endswith("--x-s3"):
        raise TargetError(
            f"{bucket!r} is a directory bucket (S3 Express One Zone), whose session authentication is not supported; "
            "use a general purpose bucket"
        )
    try:
        client = session.create_client(
            "s3",
            region_name=region,
            endpoint_url=endpoint,
            aws_access_key_id="none",
            aws_secret_access_key="none",  # noqa: S106 - made up, so that none are looked for
            config=Config(signature_version="s3v4", **style(addressing)),
        )
        built: dict[str, Any] = {}
        client.meta.events.register("before-call.s3", partial(_keep_unsent, built))
        if bucket:
            client.head_object(Bucket=bucket, Key=_KEY)
        else:
            client.list_buckets()
    except ParamValidationError:
        raise TargetError(f"{bucket!r} cannot be a bucket; buckets are letters, digits, `.`, `-` and `_`") from None
    except InvalidRegionError as error:
        raise TargetError(f"{str(error).rstrip('. ')}; write a region such as us-east-1") from None
    except (BotoCoreError, ValueError) as error:
        # An end point from the environment or a profile comes back in these words, with whatever stands in it.
        words = "it is not valid" if "@" in str(error) else str(error).rstrip(". ")
        named = f"end point {endpoint!r}" if endpoint else "end point of the AWS environment or profile"
        raise TargetError(f"the {named} cannot be used: {words}; write it as http://host:port") from None
    if built["signing"].get("signing_name") != "s3" or not built["signing"].get("region"):
        raise TargetError(
            f"{bucket!r} wants another kind of signature than a bucket's; access points of several regions and on "
            "Outposts are not supported"
        )
    return _taken_apart(urlsplit(built["url"]), built["signing"]["region"])


def style(addressing: str) -> dict[str, Any]:
    """The SDK's option for path or virtual addressing; none for `auto`, so that the profile's own setting counts."""
    return {} if addressing == "auto" else {"s3": {"addressing_style": addressing}}


def _keep_unsent(built: dict[str, Any], params: dict[str, Any], context: dict[str, Any], **_: Any) -> Any:
    """A listener that keeps the request and answers in the server's place."""
    built |= {"url": params["url"], "signing": context.get("signing") or {}}
    return SimpleNamespace(status_code=200), {}


def _taken_apart(parts: SplitResult, region: str) -> Endpoint:
    if parts.username is not None:
        check("@")
    host = parts.hostname or ""
    shown = f"[{host}]" if ":" in host else host
    port = parts.port or _DEFAULT_PORTS[parts.scheme]
    return Endpoint(
        scheme=parts.scheme,
        host=host,
        port=port,
        host_header=shown if port == _DEFAULT_PORTS[parts.scheme] else f"{shown}:{port}",
        base_path=parts.path.removesuffix(f"/{_KEY}").rstrip("/"),
        region=region,
    )
