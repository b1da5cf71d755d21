"""One contract, both stores: what an address means must not depend on where the bytes are."""

from __future__ import annotations

import errno
import hashlib
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundtruth.storage import (
    CHUNK,
    Address,
    BadAddress,
    Changed,
    Denied,
    Missing,
    Store,
    StoreError,
    Unreachable,
    get_store,
    parse_uri,
)
from groundtruth.storage.addresses import content_type_of, key_problem, passive_content_type, uri_problem
from groundtruth.storage.embedded import EmbeddedStore
from groundtruth.storage.s3 import S3Config, S3Store

FIVE_MIB = 5 * 1024 * 1024  # the least that S3 takes for a part which is not the last


@pytest.fixture(params=["embedded", pytest.param("s3", marks=pytest.mark.object_store)])
def store(request: pytest.FixtureRequest) -> Store:
    return request.getfixturevalue("disk" if request.param == "embedded" else "s3")


@pytest.fixture
def disk(tmp_path: Path) -> EmbeddedStore:
    return EmbeddedStore(tmp_path / "store")


@pytest.fixture(scope="session")
def s3(object_store) -> S3Store:
    return S3Store(
        S3Config(
            object_store.endpoint,
            object_store.endpoint.replace("127.0.0.1", "localhost"),
            object_store.region,
            object_store.access_key,
            object_store.secret_key,
        )
    )


@pytest.fixture
def bucket(store: Store) -> str:
    """An empty bucket. One for all tests, since the S3 server takes a second or two to make one."""
    store.make_bucket("contract")
    for entry in list(store.list("contract", "")):
        store.delete(Address("contract", entry.key))
    return "contract"


@pytest.fixture
def at(bucket: str) -> Callable[[str], Address]:
    return lambda key: Address(bucket, key)


class Interrupt(Exception):
    """Stands for whatever may go wrong while an object is written."""


# --- the contract ----------------------------------------------------------------------------------
def test_put_object_is_read_back_whole_and_in_part(store, at):
    store.put(at("in/a.txt"), b"0123456789")

    assert store.read(at("in/a.txt")) == b"0123456789"
    assert store.read(at("in/a.txt"), 3, 4) == b"3456"
    assert store.read(at("in/a.txt"), 8) == b"89"
    assert store.read(at("in/a.txt"), 8, 100) == b"89"
    assert store.read(at("in/a.txt"), 10) == b""
    assert store.read(at("in/a.txt"), 0, 0) == b""


def test_put_many_writes_new_objects_and_replaces_old_ones(store, at, bucket):
    store.put(at("in/2/a"), b"old and longer")
    files = [(f"in/{number}/{name}", f"{number}{name}".encode()) for number in range(30) for name in "ab"]

    store.put_many(bucket, iter([*files, ("top", b""), ("in/é ü", b"x")]), "application/json")
    store.put_many(bucket, [("in/3/a", b"second")])
    store.put_many(bucket, [])

    expected = {**dict(files), "top": b"", "in/é ü": b"x", "in/3/a": b"second"}
    assert {entry.key: store.read(at(entry.key)) for entry in store.list(bucket, "")} == expected


def test_put_many_changes_the_etag(store, at, bucket):
    store.put_many(bucket, [("a", b"one")])
    first = store.stat(at("a")).etag
    store.put_many(bucket, [("a", b"two")])
    second = store.stat(at("a")).etag
    store.delete(at("a"))
    store.put_many(bucket, [("a", b"six")])

    assert len({first, second, store.stat(at("a")).etag}) == 3


@pytest.mark.parametrize("key", ["../x", "a/../../x", "/etc/passwd", "a//b", "a\\b", "./a", "a/.", "", "a/"])
def test_put_many_takes_no_key_that_climbs_or_names_a_folder(store, bucket, key):
    with pytest.raises(BadAddress):
        store.put_many(bucket, [(key, b"x")])
    with pytest.raises(BadAddress):
        store.put_many("../etc", [("a", b"x")])

    assert list(store.list(bucket, "")) == []


def test_empty_object_is_an_object(store, at):
    store.put(at("empty"), b"")

    assert store.read(at("empty")) == b""
    assert list(store.stream(at("empty"))) == []
    assert store.stat(at("empty")).size == 0


def test_stat_tells_size_version_and_time(store, at):
    store.put(at("a"), b"abc")

    found = store.stat(at("a"))

    assert found.size == 3
    assert found.etag
    assert found.modified.utcoffset().total_seconds() == 0
    assert store.stat(at("b")) is None


def test_reading_what_is_not_there_is_missing(store, at):
    with pytest.raises(Missing, match="There is no"):
        store.read(at("nothing"))
    with pytest.raises(Missing):
        list(store.stream(at("nothing")))


def test_equal_bytes_keep_the_etag_until_others_are_written(store, at):
    store.put(at("a"), b"one")
    first = store.stat(at("a")).etag

    assert store.stat(at("a")).etag == first
    store.put(at("a"), b"two")
    assert store.stat(at("a")).etag != first
    assert store.read(at("a")) == b"two"


def test_read_pinned_to_another_version_is_changed(store, at):
    store.put(at("a"), b"one")
    etag = store.stat(at("a")).etag

    assert store.read(at("a"), etag=etag) == b"one"
    store.put(at("a"), b"two")

    with pytest.raises(Changed, match="replaced"):
        store.read(at("a"), etag=etag)
    with pytest.raises(Changed):
        list(store.stream(at("a"), etag=etag))


def test_stream_goes_on_from_any_offset(store, at):
    data = os.urandom(CHUNK + 1000)
    store.put(at("big"), data)

    assert b"".join(store.stream(at("big"))) == data
    assert b"".join(store.stream(at("big"), CHUNK - 5)) == data[CHUNK - 5 :]
    assert max(len(chunk) for chunk in store.stream(at("big"))) == CHUNK


def test_stream_stops_when_the_object_is_replaced_under_it(store, at):
    store.put(at("big"), b"a" * (CHUNK + 1))
    chunks = store.stream(at("big"))
    next(chunks)

    store.put(at("big"), b"b" * (CHUNK + 1))

    with pytest.raises(Changed):
        next(chunks)


def test_list_gives_what_is_under_the_prefix_and_goes_on_after_any_key(store, at, bucket):
    keys = {"in/b/2.jpg", "in/b.txt", "in/a", "in/b/1.jpg", "in/b-x/3", "in/bb", "other/x", "in/é.png"}
    for key in keys:
        store.put(at(key), key.encode())

    listed = list(store.list(bucket, "in/"))

    order = [entry.key for entry in listed]
    assert sorted(order) == sorted(keys - {"other/x"})
    assert [entry.size for entry in listed] == [len(key.encode()) for key in order]
    assert [entry.etag for entry in listed] == [store.stat(at(key)).etag for key in order]
    for place, key in enumerate(order):
        assert [entry.key for entry in store.list(bucket, "in/", after=key)] == order[place + 1 :]
    assert [entry.key for entry in store.list(bucket, "in/b/")] == ["in/b/1.jpg", "in/b/2.jpg"]
    assert {entry.key for entry in store.list(bucket, "in/b")} == keys - {"in/a", "other/x", "in/é.png"}
    assert list(store.list(bucket, "nothing/here/")) == []


def test_disk_lists_in_the_order_of_s3(disk):
    keys = ["a-b/1", "a.txt", "a/1", "b/1", "b/2/x", "b/3", "b0", "é", "😀"]
    for key in reversed(keys):
        disk.put(Address("bucket", f"in/{key}"), b"x")

    assert [entry.key for entry in disk.list("bucket", "in/")] == [f"in/{key}" for key in keys]
    assert [entry.key for entry in disk.list("bucket", "", after="in/b/2")] == [
        f"in/{key}" for key in ["b/2/x", "b/3", "b0", "é", "😀"]
    ]


def test_list_of_an_unknown_bucket_is_missing(store):
    with pytest.raises(Missing):
        list(store.list(f"unknown-{uuid4().hex[:8]}", ""))


def test_writer_shows_the_object_only_at_its_end(store, at, bucket):
    with store.writer(at("out/result"), "application/json") as out:
        out.write(b"one ")
        assert store.stat(at("out/result")) is None
        assert list(store.list(bucket, "")) == []
        out.write(b"two")

    assert store.read(at("out/result")) == b"one two"
    assert out.size == 7
    assert out.sha256 == hashlib.sha256(b"one two").hexdigest()


@pytest.mark.parametrize("size", [0, 8 * 1024 * 1024, 17 * 1024 * 1024 + 3])
def test_writer_takes_any_size(store, at, size):
    piece = os.urandom(1024 * 1024 + 1)
    with store.writer(at("large")) as out:
        left = size
        while left:
            out.write(piece[:left])
            left -= len(piece[:left])

    assert store.stat(at("large")).size == out.size == size
    digest = hashlib.sha256()
    for chunk in store.stream(at("large")):
        digest.update(chunk)
    assert digest.hexdigest() == out.sha256


@pytest.mark.parametrize("size", [10, 9 * 1024 * 1024])
def test_failed_writer_leaves_the_old_object_and_nothing_else(store, at, bucket, size):
    store.put(at("result"), b"old")

    with pytest.raises(Interrupt), store.writer(at("result")) as out:
        out.write(b"x" * size)
        raise Interrupt

    assert store.read(at("result")) == b"old"
    assert [entry.key for entry in store.list(bucket, "")] == ["result"]
    assert out.sha256 == ""


def test_delete_removes_once_and_is_quiet_twice(store, at, bucket):
    store.put(at("a/b/c"), b"x")

    store.delete(at("a/b/c"))
    store.delete(at("a/b/c"))

    assert store.stat(at("a/b/c")) is None
    assert list(store.list(bucket, "")) == []


def test_delete_prefix_counts_what_it_removed_and_spares_the_rest(store, at, bucket):
    for key in ("acme/in/1", "acme/in/sub/2", "acme/inner", "acme/out/1"):
        store.put(at(key), b"x")
    upload = store.begin_upload(at("acme/in/half"))

    assert store.delete_prefix(bucket, "acme/in/") == 2
    assert store.delete_prefix(bucket, "acme/in/") == 0

    assert [entry.key for entry in store.list(bucket, "")] == ["acme/inner", "acme/out/1"]
    with pytest.raises(Missing):
        store.list_parts(at("acme/in/half"), upload)
    with pytest.raises(BadAddress, match="needs a prefix"):
        store.delete_prefix(bucket, "")


def test_upload_in_parts_goes_on_after_a_break(store, at):
    one, two = os.urandom(FIVE_MIB), b"the end"
    upload = store.begin_upload(at("clip.mp4"), "video/mp4")

    store.put_part(at("clip.mp4"), upload, 2, two)
    assert list(store.list_parts(at("clip.mp4"), upload)) == [2]
    with pytest.raises(StoreError, match="Part 1 of the upload is missing"):
        store.finish_upload(at("clip.mp4"), upload)
    store.put_part(at("clip.mp4"), upload, 1, one)
    etag = store.put_part(at("clip.mp4"), upload, 1, one)  # sent again, as after a lost answer

    assert store.stat(at("clip.mp4")) is None
    parts = store.list_parts(at("clip.mp4"), upload)
    assert {number: size for number, (_, size) in parts.items()} == {1: FIVE_MIB, 2: len(two)}
    assert parts[1][0] == etag
    store.finish_upload(at("clip.mp4"), upload)
    assert store.read(at("clip.mp4")) == one + two


def test_part_sent_again_replaces_the_first(store, at):
    upload = store.begin_upload(at("clip.mp4"))
    store.put_part(at("clip.mp4"), upload, 1, b"first")
    time.sleep(1.1)  # the S3 server tells times in whole seconds
    store.put_part(at("clip.mp4"), upload, 1, b"second")

    store.finish_upload(at("clip.mp4"), upload)

    assert store.read(at("clip.mp4")) == b"second"


@pytest.mark.object_store
def test_part_of_which_two_versions_have_one_time_is_asked_for_again(s3):
    s3.make_bucket("twice")
    address = Address("twice", "clip.mp4")
    upload = s3.begin_upload(address)
    for _attempt in range(5):  # until two fall into one second
        s3.put_part(address, upload, 1, b"first")
        s3.put_part(address, upload, 1, b"second")
        if not s3.list_parts(address, upload):
            break

    assert s3.list_parts(address, upload) == {}
    with pytest.raises(StoreError, match="send it again"):
        s3.finish_upload(address, upload)


def test_aborted_upload_is_gone(store, at, bucket):
    upload = store.begin_upload(at("clip.mp4"))
    store.put_part(at("clip.mp4"), upload, 1, b"x")

    store.abort_upload(at("clip.mp4"), upload)
    store.abort_upload(at("clip.mp4"), upload)

    with pytest.raises(Missing):
        store.list_parts(at("clip.mp4"), upload)
    with pytest.raises(Missing):
        store.put_part(at("clip.mp4"), upload, 1, b"x")
    assert list(store.list(bucket, "")) == []


def test_upload_belongs_to_its_own_address(store, at):
    upload = store.begin_upload(at("mine"))

    with pytest.raises(StoreError):
        store.list_parts(at("other"), upload)
    with pytest.raises(StoreError):
        store.put_part(at("mine"), upload, 10_001, b"x")
    with pytest.raises(StoreError, match="no parts"):
        store.finish_upload(at("mine"), upload)


def test_check_tells_whether_a_bucket_is_there(store, bucket):
    assert store.check(bucket) is None
    with pytest.raises(Missing):
        store.check(f"unknown-{uuid4().hex[:8]}")
    with pytest.raises(BadAddress):
        store.check("../etc")


def test_keys_of_any_language_and_odd_characters_work(store, at, bucket):
    keys = ["in/Überschrift 1+2.png", "in/日本 & co?x=1#y.png", "in/100%25.txt", "in/it's (1).jpg"]
    for key in keys:
        store.put(at(key), key.encode())

    assert [entry.key for entry in store.list(bucket, "in/")] == sorted(keys)
    assert [store.read(parse_uri(at(key).uri)) for key in keys] == [key.encode() for key in keys]


@pytest.mark.parametrize("key", ["../x", "a/../../x", "/etc/passwd", "a//b", "a\\b", "a\0b", "./a", "a/.", "", "a/"])
def test_no_operation_takes_a_key_that_climbs_or_names_a_folder(store, bucket, key):
    bad = Address(bucket, key)
    for act in (
        lambda: store.stat(bad),
        lambda: store.read(bad),
        lambda: store.put(bad, b"x"),
        lambda: store.writer(bad),
        lambda: store.delete(bad),
        lambda: store.sign(bad, 60),
        lambda: store.begin_upload(bad),
    ):
        with pytest.raises(BadAddress):
            act()


# --- S3 alone ----------------------------------------------------------------------------------------
def _get(url: str) -> tuple[int, bytes, dict[str, str]]:
    try:
        with urllib.request.urlopen(url) as answer:
            return answer.status, answer.read(), dict(answer.headers)
    except urllib.error.HTTPError as error:
        return error.code, b"", {}


@pytest.mark.object_store
def test_signed_address_is_the_public_one_and_shows_no_active_type(s3):
    s3.make_bucket("signed")
    s3.put(Address("signed", "a/page.html"), b"<script>1</script>", "text/html")

    url = s3.sign(Address("signed", "a/page.html"), 60, filename="seite ä.html")
    status, body, headers = _get(url)

    assert url.startswith("http://localhost:")
    assert (status, body) == (200, b"<script>1</script>")
    assert headers["Content-Type"].startswith("text/plain")
    assert headers["Content-Disposition"].startswith("attachment")
    assert _get(url.replace("page.html", "other.html"))[0] == 403
    assert _get(url.partition("?")[0])[0] == 403


@pytest.mark.object_store
def test_guest_is_denied_and_so_is_a_wrong_secret(s3, object_store):
    s3.make_bucket("private")
    s3.put(Address("private", "a"), b"x")
    endpoint, region = object_store.endpoint, object_store.region
    guest = S3Store(S3Config(endpoint, None, region, object_store.guest_access_key, object_store.guest_secret_key))
    wrong = S3Store(S3Config(endpoint, None, region, object_store.access_key, "wrong"))

    for stranger in (guest, wrong):
        with pytest.raises(Denied):
            stranger.read(Address("private", "a"))
        with pytest.raises(Denied):
            stranger.stat(Address("private", "a"))
        with pytest.raises(Denied):
            list(stranger.list("private", ""))


def test_server_that_does_not_answer_is_unreachable():
    gone = S3Store(S3Config("http://127.0.0.1:9", None, "us-east-1", "key", "secret"))

    with pytest.raises(Unreachable, match="does not answer"):
        gone.check("bucket")


# --- the disk alone ----------------------------------------------------------------------------------
def test_objects_stand_on_disk_as_people_expect(disk, tmp_path):
    disk.put(Address("bucket", "acme/in/1.jpg"), b"x")

    assert (tmp_path / "store/bucket/acme/in/1.jpg").read_bytes() == b"x"
    assert list((tmp_path / "store/.incoming").iterdir()) == []


def test_emptied_folders_go_but_the_bucket_stays(disk, tmp_path):
    disk.put(Address("bucket", "a/b/c"), b"x")

    disk.delete_prefix("bucket", "a/")

    assert list((tmp_path / "store/bucket").iterdir()) == []
    disk.put(Address("bucket", "a/b/c"), b"again")
    assert disk.read(Address("bucket", "a/b/c")) == b"again"


def test_folder_and_object_of_one_name_are_refused_with_a_sentence(disk, tmp_path):
    disk.put(Address("bucket", "a"), b"x")
    with pytest.raises(StoreError, match="one name"):
        disk.put(Address("bucket", "a/b"), b"x")
    disk.put(Address("bucket", "c/d"), b"x")
    with pytest.raises(StoreError, match="one name"):
        disk.put(Address("bucket", "c"), b"x")
    with pytest.raises(StoreError, match="one name"), disk.writer(Address("bucket", "c")) as out:
        out.write(b"x")

    assert disk.stat(Address("bucket", "a/b")) is None
    assert disk.stat(Address("bucket", "c")) is None
    assert list((tmp_path / "store/.incoming").iterdir()) == []


def test_part_of_a_key_too_long_for_the_disk_is_a_bad_address(disk):
    with pytest.raises(BadAddress, match="255"):
        disk.put(Address("bucket", "a" * 300), b"x")


def test_symbolic_links_lead_nowhere(disk, tmp_path):
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "key.txt").write_bytes(b"secret")
    disk.put(Address("bucket", "in/real"), b"x")
    (tmp_path / "store/bucket/in/file").symlink_to(secret / "key.txt")
    (tmp_path / "store/bucket/in/folder").symlink_to(secret)
    (tmp_path / "store/linked").symlink_to(secret)

    assert [entry.key for entry in disk.list("bucket", "")] == ["in/real"]
    for address in (
        Address("bucket", "in/file"),
        Address("bucket", "in/folder/key.txt"),
        Address("linked", "key.txt"),
    ):
        with pytest.raises(Denied, match="symbolic link"):
            disk.read(address)
    with pytest.raises(Denied):
        disk.put(Address("bucket", "in/folder/new"), b"x")
    with pytest.raises(Denied):
        disk.put(Address("bucket", "in/folder/new/deep"), b"x")
    with pytest.raises(Denied):
        disk.delete(Address("bucket", "in/folder/key.txt"))
    with pytest.raises(Denied):
        list(disk.list("linked", ""))
    disk.put(Address("bucket", "in/file"), b"mine")  # replaces the link, not what it points to
    assert [item.name for item in secret.iterdir()] == ["key.txt"]
    assert (secret / "key.txt").read_bytes() == b"secret"


def test_put_many_follows_no_link(disk, tmp_path):
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "key.txt").write_bytes(b"secret")
    disk.put(Address("bucket", "in/real"), b"x")
    (tmp_path / "store/bucket/in/file").symlink_to(secret / "key.txt")
    (tmp_path / "store/bucket/in/none").symlink_to(secret / "none")
    (tmp_path / "store/bucket/in/folder").symlink_to(secret)
    (tmp_path / "store/linked").symlink_to(secret)

    for bucket, key in (
        ("bucket", "in/folder/new"),
        ("bucket", "in/folder/new/deep"),
        ("bucket", "in/none/new"),
        ("linked", "new"),
    ):
        with pytest.raises(Denied, match="symbolic link"):
            disk.put_many(bucket, [(key, b"x")])
    disk.put_many("bucket", [("in/file", b"mine"), ("in/none", b"mine")])  # replaced, not what they point to

    assert [item.name for item in secret.iterdir()] == ["key.txt"]
    assert (secret / "key.txt").read_bytes() == b"secret"
    assert [disk.read(Address("bucket", key)) for key in ("in/file", "in/none")] == [b"mine", b"mine"]


def test_put_many_goes_on_where_its_folder_became_a_link_or_was_removed(disk, tmp_path):
    folder = tmp_path / "store/bucket/in/a"
    (tmp_path / "secret").mkdir()

    def files(change: Callable[[], object]):
        yield "in/a/1", b"1"
        (folder / "1").unlink()
        folder.rmdir()
        change()
        yield "in/a/2", b"2"

    disk.put_many("bucket", files(lambda: None))
    assert [entry.key for entry in disk.list("bucket", "")] == ["in/a/2"]
    (folder / "2").unlink()
    with pytest.raises(Denied, match="symbolic link"):
        disk.put_many("bucket", files(lambda: folder.symlink_to(tmp_path / "secret")))
    assert list((tmp_path / "secret").iterdir()) == []


def test_put_many_refuses_a_folder_and_an_object_of_one_name_and_leaves_no_file_open(disk):
    before = len(os.listdir("/dev/fd"))
    disk.put(Address("bucket", "a"), b"x")
    disk.put(Address("bucket", "c/d"), b"x")

    for key in ("a/b", "c"):
        with pytest.raises(StoreError, match="one name"):
            disk.put_many("bucket", [("e/f/1", b"x"), (key, b"x")])
    with pytest.raises(BadAddress, match="255"):
        disk.put_many("bucket", [("a" * 300, b"x")])

    assert len(os.listdir("/dev/fd")) == before
    assert [entry.key for entry in disk.list("bucket", "")] == ["a", "c/d", "e/f/1"]


def test_put_many_leaves_no_part_of_a_file_that_the_disk_refuses(disk, monkeypatch):
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(StoreError, match="No space left"):
        disk.put_many("bucket", [("a/b", b"x")])
    monkeypatch.undo()

    assert list(disk.list("bucket", "")) == []


def test_put_many_again_completes_what_a_kill_cut_short(disk, tmp_path):
    disk.put_many("bucket", [("a/1", b"whole"), ("a/2", b"whole")])
    (tmp_path / "store/bucket/a/2").write_bytes(b"wh")

    disk.put_many("bucket", [("a/1", b"whole"), ("a/2", b"whole"), ("a/3", b"whole")])

    assert {disk.read(Address("bucket", f"a/{number}")) for number in (1, 2, 3)} == {b"whole"}


def test_folder_that_became_a_link_after_it_was_used_leads_nowhere(disk, tmp_path):
    disk.put(Address("bucket", "in/a"), b"x")
    (tmp_path / "secret").mkdir()
    (tmp_path / "store/bucket/in/a").unlink()
    (tmp_path / "store/bucket/in").rmdir()
    (tmp_path / "store/bucket/in").symlink_to(tmp_path / "secret")

    with pytest.raises(Denied):
        disk.put(Address("bucket", "in/b"), b"x")
    assert list((tmp_path / "secret").iterdir()) == []


def test_named_pipe_does_not_hang_the_reader(disk, tmp_path):
    disk.put(Address("bucket", "a"), b"x")
    os.mkfifo(tmp_path / "store/bucket/pipe")

    with pytest.raises(Missing):
        disk.read(Address("bucket", "pipe"))
    assert disk.stat(Address("bucket", "pipe")) is None


def test_files_in_the_making_are_no_bucket(disk):
    with pytest.raises(BadAddress):
        list(disk.list(".incoming", ""))
    with pytest.raises(BadAddress):
        disk.read(Address(".uploads", "x"))


def test_writers_and_deleters_of_one_folder_do_not_disturb_each_other(disk):
    def write_and_delete(worker: int) -> None:
        for number in range(200):
            address = Address("bucket", f"deep/er/folder/{worker}-{number}")
            disk.put(address, b"x")
            assert disk.read(address) == b"x"
            disk.delete(address)

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(write_and_delete, range(4)))

    assert len(done) == 4
    assert list(disk.list("bucket", "")) == []


def test_readers_see_whole_objects_while_they_are_replaced(disk):
    address = Address("bucket", "a")
    disk.put(address, b"0" * 5000)

    def replace() -> None:
        for number in range(300):
            disk.put(address, b"%d" % (number % 10) * 5000)

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(replace)
        seen = [disk.read(address) for _ in range(300)]
        writing.result()

    assert {len(data) for data in seen} == {5000}
    assert all(len(set(data)) == 1 for data in seen)


def test_etag_differs_for_two_writes_in_one_instant(disk):
    etags = set()
    for number in range(50):
        disk.put(Address("bucket", "a"), b"%02d" % number)
        etags.add(disk.stat(Address("bucket", "a")).etag)

    assert len(etags) == 50


# --- which store the settings mean ---------------------------------------------------------------------
def test_settings_choose_the_store(settings):
    assert isinstance(get_store(), EmbeddedStore)
    assert get_store() is get_store()
    assert get_store().root == settings.GROUNDTRUTH_STORE_ROOT

    settings.GROUNDTRUTH_S3 = {"endpoint_url": "http://127.0.0.1:9", "public_endpoint_url": None}
    assert isinstance(get_store(), S3Store)
    assert get_store() is get_store("http://127.0.0.1:9/")


def test_no_credential_is_used_at_another_endpoint(settings):
    settings.GROUNDTRUTH_S3_CREDENTIALS = {
        "acme": {"endpoint_url": "https://s3.acme.test", "access_key": "k", "secret_key": "s"}
    }

    assert isinstance(get_store("https://s3.acme.test", "acme"), S3Store)
    assert isinstance(get_store(credential="acme"), S3Store)
    with pytest.raises(Denied, match="another endpoint"):
        get_store("https://evil.test", "acme")
    with pytest.raises(Denied, match="no credential"):
        get_store("https://s3.acme.test", "unknown")
    with pytest.raises(Denied, match="needs a credential"):
        get_store("https://s3.acme.test")


def test_addresses_load_without_django():
    code = "import sys, groundtruth.storage, batches.manifests; print('django' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"


# --- addresses -------------------------------------------------------------------------------------------
def test_address_is_read_and_written():
    assert parse_uri("s3://acme-in/img/1.jpg") == Address("acme-in", "img/1.jpg")
    assert parse_uri("s3://acme-in/img/") == Address("acme-in", "img/")
    assert parse_uri("s3://acme-in") == parse_uri("s3://acme-in/") == Address("acme-in", "")
    assert Address("acme-in", "img/1.jpg").uri == "s3://acme-in/img/1.jpg"


@pytest.mark.parametrize(
    ("uri", "sentence"),
    [
        ("https://acme/x", "begin with s3://"),
        ("S3://acme/x", "begin with s3://"),
        ("", "begin with s3://"),
        ("s3://", "no bucket"),
        ("s3:///x", "no bucket"),
        ("s3://ab/x", "3 to 63"),
        ("s3://" + "a" * 64 + "/x", "3 to 63"),
        ("s3://Acme/x", "small letters"),
        ("s3://acme_in/x", "small letters"),
        ("s3://../x", "small letters"),
        ("s3://a..b/x", "small letters"),
        ("s3://192.168.0.1/x", "no IP address"),
        ("s3://user@acme/x", "small letters"),
        ("s3://acme//x", "begin with a slash"),
        ("s3://acme/a//b", "two slashes"),
        ("s3://acme/a//", "two slashes"),
        ("s3://acme/../b", "segments"),
        ("s3://acme/a/..", "segments"),
        ("s3://acme/a/./b", "segments"),
        ("s3://acme/a\\..\\b", "backslash"),
        ("s3://acme/a\x00b", "control"),
        ("s3://acme/a\nb", "control"),
        ("s3://acme/a\n", "control"),
        ("s3://acme/\x7f", "control"),
        ("s3://acme/\ud800", "broken Unicode"),
        ("s3://acme/" + "é" * 513, "longer than 1024"),
    ],
)
def test_bad_address_is_refused_with_its_reason(uri, sentence):
    with pytest.raises(BadAddress, match=sentence):
        parse_uri(uri)


def test_longest_key_is_good():
    assert uri_problem("s3://acme/" + "a" * 1024) is None
    assert uri_problem("s3://acme/" + "é" * 512) is None
    assert uri_problem("s3://acme/..a/b../...") is None


@given(st.text(alphabet=st.sampled_from("ab./\\\0é\ud800 %")))
def test_good_keys_never_leave_their_folder(key):
    if key_problem(key) is None:
        assert os.path.normpath(f"/base/bucket/{key}") == f"/base/bucket/{key}".rstrip("/")
    else:
        assert key_problem(key).endswith(".")


def test_nothing_active_is_named_as_such():
    assert content_type_of("a/B.JPG") == "image/jpeg"
    assert content_type_of("a.html") == "text/plain"
    assert content_type_of("noext") == "application/octet-stream"
    assert passive_content_type("Text/HTML; charset=x") == "text/plain"
    assert passive_content_type("image/png\r\nX: y") == "application/octet-stream"
    assert passive_content_type("video/mp4") == "video/mp4"
