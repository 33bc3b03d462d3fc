"""Looking around: one page of one level, on real servers and in the file system, and what a refusal says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from s3bench_tui.errors import TargetError
from s3bench_tui.spec.model.target import Target
from s3bench_tui.stores import browse
from s3bench_tui.stores.browse import Browser, Entry, open_browser
from tests.servers.azurite import ACCOUNT, Azurite
from tests.servers.process import Server
from tests.stores.azure_rig import new_name, sdk
from tests.stores.gcs_rig import new_bucket, write
from tests.stores.s3_answers import Answer, Asked, answering, error, listing, share_models

KEYS = ("a/1", "a/b/2", "a b/ü?x=1&y", "readme", "zz/")
LEVEL = [("a b/", None), ("a/", None), ("zz/", None), ("readme", 5)]
"""What `KEYS` are from above, each of 5 bytes."""


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    share_models(monkeypatch)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test-access-key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test-secret-key")


def browser(uri: str, endpoint: str | None = None, **options: Any) -> Browser:
    return open_browser(Target(uri=uri, endpoint=endpoint, **options), 2 * 10**9, 5 * 10**9)


def shown(opened: Browser, uri: str) -> list[tuple[str, int | None]]:
    return [(entry.name, entry.size_bytes) for entry in opened.page(uri).entries]


def walked(opened: Browser, uri: str) -> list[list[Entry]]:
    """All pages of a level."""
    pages, following = [], ""
    while True:
        page = opened.page(uri, following)
        pages.append(list(page.entries))
        following = page.following
        if not following:
            return pages


def check_paging(opened: Browser, uri: str, names: list[str], monkeypatch: pytest.MonkeyPatch, module: str) -> None:
    """A level of more than two entries comes in pages of two, each entry once."""
    monkeypatch.setattr(f"s3bench_tui.stores.{module}.PAGE_ENTRIES", 2)
    pages = walked(opened, uri)
    assert all(len(page) <= 2 for page in pages)
    assert sorted(entry.name for page in pages for entry in page) == sorted(names)


# --- S3 ---------------------------------------------------------------------------------------------------------------


def filled(server: Server, bucket: str, monkeypatch: pytest.MonkeyPatch, *keys: str) -> None:
    from s3bench_tui.stores.s3.store import S3Store
    from s3bench_tui.stores.uri import parse

    for name, value in server.env().items():
        if name != "AWS_ENDPOINT_URL":
            monkeypatch.setenv(name, value)
    uri = f"s3://{bucket}/"
    store = S3Store(Target(uri=uri, endpoint=server.endpoint), parse(uri), 2 * 10**9, 5 * 10**9)
    store.make_ready([], create=True)
    for key in keys:
        store._client.ask("put_object", "writing", Key=key, Body=b"hello")
    store.close()


@pytest.mark.server
def test_buckets_levels_and_objects_of_a_server_with_many_features(
    moto: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(moto, "browsed", monkeypatch, *KEYS)
    looking = browser("s3://", moto.endpoint)
    assert Entry("browsed/", "s3://browsed/") in looking.page("s3://").entries
    assert shown(looking, "s3://browsed/") == LEVEL
    assert looking.page("s3://browsed/a/").entries == (
        Entry("b/", "s3://browsed/a/b/"),
        Entry("1", "s3://browsed/a/1", 5),
    )
    assert shown(looking, "s3://browsed/a b/") == [("ü?x=1&y", 5)]
    assert shown(looking, "s3://browsed/zz/") == [], "the object that is the level itself is no entry of it"
    assert shown(looking, "s3://browsed/nothing/") == []
    check_paging(looking, "s3://browsed/", [name for name, _ in LEVEL], monkeypatch, "s3.browse")
    looking.close()


@pytest.mark.server
def test_buckets_and_levels_of_a_server_that_verifies_signatures(
    rclone: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(rclone, "browsed", monkeypatch, "a/1", "a/b/2", "readme")
    looking = browser("s3://", rclone.endpoint)
    assert Entry("browsed/", "s3://browsed/") in looking.page("s3://").entries
    assert shown(looking, "s3://browsed/") == [("a/", None), ("readme", 5)]
    assert shown(looking, "s3://browsed/a/") == [("b/", None), ("1", 5)]
    looking.close()


def test_one_page_of_one_level_is_all_that_is_asked() -> None:
    def answer(asked: Asked) -> Answer:
        return listing("a", "b")

    with answering(answer) as server:
        looking = browser("s3://", server.endpoint)
        assert shown(looking, "s3://buck/x/") == [("a", 5), ("b", 5)]
        looking.close()
        (asked,) = server.asked
    query = parse_qs(urlsplit(asked.path).query)
    assert query["delimiter"] == ["/"] and query["prefix"] == ["x/"]
    assert query["max-keys"] == [str(browse.PAGE_ENTRIES)]


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        ("s3://", r"^s3:// at http://127\.0\.0\.1:\d+: listing the buckets was refused: AccessDenied: words of the"),
        ("s3://mine/a/", r"^s3://mine at .*/mine: listing a/ was refused: AccessDenied: words of the"),
    ],
)
def test_a_refusal_is_a_sentence_and_keeps_the_secret(uri: str, said: str) -> None:
    with answering(lambda _: error(403, "AccessDenied", "words of the server test-secret-key")) as server:
        looking = browser("s3://", server.endpoint)
        with pytest.raises(TargetError, match=said) as refused:
            looking.page(uri)
        looking.close()
    assert "test-secret-key" not in str(refused.value)


def test_a_server_that_is_not_there_is_said_so() -> None:
    with answering(lambda _: Answer()) as server:
        endpoint = server.endpoint
    with pytest.raises(TargetError, match="the connection was refused; check that the server runs"):
        browser("s3://", endpoint).page("s3://")


# --- Azure ------------------------------------------------------------------------------------------------------------


@pytest.mark.server
def test_accounts_containers_and_levels(azurite: Azurite, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in azurite.env().items():
        monkeypatch.setenv(name, value)
    box = new_name()
    container = sdk(azurite, box)
    container.create_container()
    for key in KEYS:
        container.upload_blob(key, b"hello")
    looking = browser("az://", azurite.endpoint)
    assert looking.page("az://").entries == (Entry(f"{ACCOUNT}/", f"az://{ACCOUNT}/"),)
    assert Entry(f"{box}/", f"az://{ACCOUNT}/{box}/") in looking.page(f"az://{ACCOUNT}/").entries
    assert sorted(shown(looking, f"az://{ACCOUNT}/{box}/")) == sorted(LEVEL)
    assert looking.page(f"az://{ACCOUNT}/{box}/a/").entries == (
        Entry("b/", f"az://{ACCOUNT}/{box}/a/b/"),
        Entry("1", f"az://{ACCOUNT}/{box}/a/1", 5),
    )
    check_paging(looking, f"az://{ACCOUNT}/{box}/", [name for name, _ in LEVEL], monkeypatch, "azure.browse")
    with pytest.raises(TargetError, match="ContainerNotFound"):
        looking.page(f"az://{ACCOUNT}/not-there/")
    looking.close()


def test_an_account_that_nobody_names_is_asked_for() -> None:
    with pytest.raises(TargetError, match="write az://account/, or set AZURE_STORAGE_ACCOUNT"):
        browser("az://").page("az://")


def test_a_connection_string_names_its_account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", "AccountName=mine;AccountKey=c2VjcmV0")
    assert shown(browser("az://"), "az://") == [("mine/", None)]


# --- Google -----------------------------------------------------------------------------------------------------------


@pytest.mark.server
def test_buckets_of_a_project_and_their_levels(fakegcs: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = new_bucket(fakegcs)
    for key in KEYS:
        write(fakegcs, bucket, key, b"hello")
    looking = browser("gs://", fakegcs.endpoint, anonymous=True)
    with pytest.raises(TargetError, match="set GOOGLE_CLOUD_PROJECT, or write gs://bucket/"):
        looking.page("gs://")
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "test")
    assert Entry(f"{bucket}/", f"gs://{bucket}/") in looking.page("gs://").entries
    assert sorted(shown(looking, f"gs://{bucket}/")) == sorted(LEVEL)
    assert looking.page(f"gs://{bucket}/a/").entries == (
        Entry("b/", f"gs://{bucket}/a/b/"),
        Entry("1", f"gs://{bucket}/a/1", 5),
    )
    with pytest.raises(TargetError, match=r"was refused: .*HTTP 404"):
        looking.page("gs://not-there/")
    looking.close()


def test_googles_pages_follow_on_another() -> None:
    """Played, because the server of the test above gives all levels with every page."""
    pages = {
        "": {"prefixes": ["a/", "b/"], "nextPageToken": "two"},
        "two": {"prefixes": ["c/"], "items": [{"name": "d", "size": "5"}]},
    }

    def answer(asked: Asked) -> Answer:
        query = parse_qs(urlsplit(asked.path).query)
        assert query["delimiter"] == ["/"] and query["maxResults"] == [str(browse.PAGE_ENTRIES)]
        return Answer(200, json.dumps({"kind": "storage#objects", **pages[query.get("pageToken", [""])[0]]}))

    with answering(answer) as server:
        looking = browser("gs://", server.endpoint, anonymous=True)
        names = [[entry.name for entry in page] for page in walked(looking, "gs://buck/")]
        looking.close()
    assert names == [["a/", "b/"], ["c/", "d"]]


@pytest.mark.parametrize("body", ["{}", "[]", "<html>", '{"kind": "storage#objects", "items": [{"name": "x"}]}'])
def test_what_is_no_listing_of_googles_is_refused(body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "test")
    with answering(lambda _: Answer(200, body)) as server:
        looking = browser("gs://", server.endpoint, anonymous=True)
        for uri in ("gs://", "gs://buck/"):
            with pytest.raises(TargetError, match="the answer is not that of Google's storage API"):
                looking.page(uri)
        looking.close()


# --- files ------------------------------------------------------------------------------------------------------------


def test_directories_come_first_and_files_with_their_sizes(tmp_path: Path) -> None:
    (tmp_path / "sub" / "deep").mkdir(parents=True)
    (tmp_path / "b").write_bytes(b"12345")
    (tmp_path / "a").write_bytes(b"")
    (tmp_path / "link").symlink_to("sub")
    (tmp_path / "nowhere").symlink_to("gone")
    looking = browser("file:///")
    root = f"file://{tmp_path}"
    assert looking.page(f"{root}/").entries == (
        Entry("link/", f"{root}/link/"),
        Entry("sub/", f"{root}/sub/"),
        Entry("a", f"{root}/a", 0),
        Entry("b", f"{root}/b", 5),
        Entry("nowhere", f"{root}/nowhere"),
    )
    assert shown(browser("direct:///"), f"direct://{tmp_path}/sub/") == [("deep/", None)]
    assert [entry.uri for entry in looking.page("file:///").entries if entry.name == "usr/"] == ["file:///usr/"]


def test_a_large_directory_comes_in_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"file-{number}" for number in range(5)]
    for name in names:
        (tmp_path / name).touch()
    check_paging(browser("file:///"), f"file://{tmp_path}/", names, monkeypatch, "files.browse")


def test_what_cannot_be_opened_says_why(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    looking = browser("file:///")
    with pytest.raises(TargetError, match="gone/: No such file or directory"):
        looking.page(f"file://{tmp_path}/gone/")
    with pytest.raises(TargetError, match="file/: Not a directory"):
        looking.page(f"file://{tmp_path}/file/")


def test_null_has_nothing_to_look_at() -> None:
    with pytest.raises(TargetError, match="null:// has nothing to look at; write one of s3://"):
        browser("null://x/")
