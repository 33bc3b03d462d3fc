"""Where an s3:// target is: the address, the Host and the path that the wire needs.

The vendor's SDK decides (partitions, dual-stack, FIPS, virtual-hosted or path style): it builds one request with
made-up keys, which is taken apart and never sent. Knows no credentials.
"""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from s3bench_tui.errors import TargetError
from s3bench_tui.stores.endpoint import Endpoint, check, taken_apart

_KEY = "k"


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
    parts = urlsplit(built["url"])
    if parts.username is not None:
        check("@")
    # The path before a key is `/bucket` in path style, and nothing where the host names the bucket.
    return taken_apart(parts, parts.path.removesuffix(f"/{_KEY}").rstrip("/"), built["signing"]["region"])


def style(addressing: str) -> dict[str, Any]:
    """The SDK's option for path or virtual addressing; none for `auto`, so that the profile's own setting counts."""
    return {} if addressing == "auto" else {"s3": {"addressing_style": addressing}}


def _keep_unsent(built: dict[str, Any], params: dict[str, Any], context: dict[str, Any], **_: Any) -> Any:
    """A listener that keeps the request and answers in the server's place."""
    built |= {"url": params["url"], "signing": context.get("signing") or {}}
    return SimpleNamespace(status_code=200), {}
