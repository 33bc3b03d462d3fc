"""How sizes are distributed and which keys are chosen, as a workload file says it. Knows nothing of how they are drawn."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field

from s3bench_tui.spec.model.base import Model
from s3bench_tui.spec.model.quantity import Positive, PositiveSize, Size, SizeHistogram, size_histogram, size_pair


class FixedSize(Model):
    """Every object has this size. Written short as the size itself."""

    type: Literal["fixed"] = "fixed"
    size: Size


class UniformSize(Model):
    """Every size from min to max is as likely as any other."""

    type: Literal["uniform"]
    min: Size
    max: Size


class LogUniformSize(Model):
    """Any size from min to max, its logarithm being uniform: every doubling gets as many."""

    type: Literal["log-uniform"]
    min: PositiveSize
    max: Size


class LognormalSize(Model):
    """Lognormal with this mean and standard deviation of the sizes themselves, cut off at min and max."""

    type: Literal["lognormal"]
    mean: PositiveSize
    std_dev: Size
    min: Size = 1
    max: Size = 1 << 40


class WeightedSize(Model):
    """A size, and how often it comes relative to the others of its list."""

    size: Size
    weight: Positive = 1.0


class ListedSize(Model):
    """One of these sizes, by weight."""

    type: Literal["list"]
    sizes: Annotated[tuple[WeightedSize, ...], Field(min_length=1)]


def _short_size(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value
    if isinstance(value, dict):
        return value if "type" in value else {"type": "fixed", **value}
    if isinstance(value, str) and ":" in value:
        return {"type": "list", "sizes": size_histogram(value)}
    if isinstance(value, str) and (pair := size_pair(value)) is not None:
        return {"type": "log-uniform", "min": pair[0], "max": pair[1]}
    return {"type": "fixed", "size": value}


_AnySize = Annotated[FixedSize | UniformSize | LogUniformSize | LognormalSize | ListedSize, Field(discriminator="type")]
SizeSpec = Annotated[_AnySize, BeforeValidator(_short_size, json_schema_input_type=Size | SizeHistogram | _AnySize)]


def largest_of(size: SizeSpec) -> int:
    """The largest object that is to be reckoned with, in bytes.

    Of a lognormal size it is the mean: its greatest is by default far above what ever comes."""
    if isinstance(size, FixedSize):
        return size.size
    if isinstance(size, ListedSize):
        return max(one.size for one in size.sizes)
    return size.mean if isinstance(size, LognormalSize) else size.max


Choice = Literal["uniform", "zipf", "sequential", "once", "missing"]


class KeyChoice(Model):
    """Which object comes next. Written short as the name alone."""

    choice: Choice = "uniform"
    """`uniform`: any, equally likely; `zipf`: few are hot; `sequential`: in order, around and around; `once`: each one
    time, then the line falls silent; `missing`: keys beside them that cannot be there."""
    theta: Annotated[Positive, Field(le=5)] = 0.99
    """Skew of zipf: the key of rank r is chosen in proportion to 1 / r^theta."""


def _short_choice(value: Any) -> Any:
    return {"choice": value} if isinstance(value, str) else value


KeySpec = Annotated[KeyChoice, BeforeValidator(_short_choice, json_schema_input_type=Choice | KeyChoice)]
