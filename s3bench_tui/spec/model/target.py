"""Where a workload runs: a target, and the options of each backend. Knows nothing of what is done there."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator

from s3bench_tui.spec.model.base import Model
from s3bench_tui.spec.model.quantity import Duration, Endpoint, Flag, Positive, PositiveSize, Rate, Share, Size, Text


class Tls(Model):
    """How an https end point is trusted. Default: by the system's authorities, or `AWS_CA_BUNDLE`."""

    ca_file: Text | None = None
    """PEM file of the authorities to trust; relative to the folder of the workload file."""
    insecure: Flag = False
    """Accept any certificate. Stands in the report."""


class Encryption(Model):
    """How the server encrypts what it stores."""

    type: Literal["sse-s3", "sse-kms", "sse-c", "scope"]
    """By whose keys: the service's (s3), those of its key management (s3, gs), the customer's (s3, az, gs), or those of an
    encryption scope (az)."""
    kms_key_id: Text | None = None
    """sse-kms; default on s3: the account's own."""
    scope: Text | None = None
    """scope: its name."""
    key_env: Text | None = None
    """sse-c: the environment variable that holds the key, 32 bytes in Base64."""
    key_file: Text | None = None
    """sse-c: the file that holds it; relative to the folder of the workload file."""


class NullLatency(Model):
    """How long null:// takes: `fixed` (mean), `uniform` (min, max), `exponential` (mean), `lognormal` (mean, std_dev)."""

    type: Literal["fixed", "uniform", "exponential", "lognormal"] = "fixed"
    mean: Duration = 0
    std_dev: Duration = 0
    min: Duration = 0
    max: Duration = 0


def _short_latency(value: Any) -> Any:
    return value if isinstance(value, (dict, BaseModel)) else {"type": "fixed", "mean": value}


class NullOptions(Model):
    """What null:// pretends to be."""

    latency: Annotated[NullLatency, BeforeValidator(_short_latency, json_schema_input_type=Duration | NullLatency)] = (
        NullLatency()
    )
    """A distribution; written short as the duration of every operation."""
    error_rate: Share = 0.0
    """Share of operations that fail, with the error class `injected`."""
    ops_per_s: Rate | None = None
    """The store serves no more than this, over each worker's share; later ones queue in it."""
    bytes_per_s: PositiveSize | None = None
    """Likewise for object bytes."""
    object_size: Size = 4096
    """Size of objects that no data set describes."""


class Target(Model):
    """A URI and what serves it. Credentials come from the vendor's own chain, never from this file."""

    uri: Text
    """`s3://bucket/prefix/`, `az://account/container/`, `gs://bucket/prefix/`, `file:///dir/`, `direct:///dir/`, `null://name/`."""
    name: Text | None = None
    """What the report calls it; default: its scheme, with a number where a scheme stands twice."""
    share: Positive = 1.0
    """Its part of the slots, relative to the other targets'."""
    endpoint: Endpoint | None = None
    """s3, az, gs: one URL or several, among which `balance` chooses; default: the vendor's own, or the environment's."""
    balance: Literal["round_robin", "least_in_flight"] = "round_robin"
    """s3, az, gs: which of several end points the next operation of a worker goes to: the next one, or the one with the
    fewest operations in flight."""
    region: Text | None = None
    """s3: default from the profile or `AWS_REGION`."""
    profile: Text | None = None
    """s3: the profile of the AWS configuration files whose credentials are used; default: `AWS_PROFILE`."""
    anonymous: Flag = False
    """s3, az, gs: show no credentials."""
    client: Literal["lean", "sdk"] = "lean"
    """s3, az: `sdk` sends the load through the vendor's SDK (boto3, azure-storage-blob), with its own retries, to show what
    applications see."""
    addressing: Literal["auto", "path", "virtual"] = "auto"
    """s3: the bucket stands in the path, or in the host name. `auto`: virtual on AWS, path elsewhere."""
    payload_signing: Literal["unsigned", "signed"] = "unsigned"
    """s3: `signed` puts the SHA-256 of every body into its signature, which costs CPU."""
    tls: Tls = Tls()
    """s3, az, gs: over https."""
    receive: Literal["discard", "copy"] = "discard"
    """s3, az, gs: `discard` lets the kernel drop object bodies once they have arrived; `copy` brings them into the program."""
    encryption: Encryption | None = None
    """s3, az, gs: what is written is encrypted by the server; with `sse-c` every read and copy shows the key, too."""
    versioned: Flag = False
    """s3, az, gs: the bucket keeps versions; the clean-up removes those that this run made, and no others."""
    write: Literal["in_place", "rename"] = "in_place"
    """file, direct: `rename` writes under a temporary name and renames."""
    fsync: Flag = False
    """file, direct: a write ends when the device has it."""
    page_cache_mode: Literal["auto", "sequential", "random", "dontneed", "normal"] = "auto"
    """file: the advice that is given to the kernel for each file; `dontneed` makes every read a cold one."""
    null: NullOptions = NullOptions()
    """null: what it pretends to be."""

    @property
    def endpoints(self) -> tuple[str, ...]:
        """The URLs of `endpoint`; none where the vendor's own, or the environment's, is meant."""
        return (self.endpoint,) if isinstance(self.endpoint, str) else self.endpoint or ()


def _short_target(value: Any) -> Any:
    return {"uri": value} if isinstance(value, str) else value


TargetSpec = Annotated[Target, BeforeValidator(_short_target, json_schema_input_type=str | Target)]
