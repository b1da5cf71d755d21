"""The tests' own servers: a rule that nobody checks is a rule that a skipped test breaks in silence."""

from __future__ import annotations

import psycopg
import pytest
from botocore.exceptions import ClientError

from tests.object_store import ObjectStore
from tests.services import MISSING, free_ports, require


def test_a_missing_service_is_a_skip_on_a_laptop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)

    with pytest.raises(pytest.skip.Exception, match=MISSING + "a moon"):
        require(None, "a moon")


def test_a_missing_service_is_a_failure_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")

    with pytest.raises(pytest.fail.Exception, match=MISSING + "a moon"):
        require(None, "a moon")


def test_a_present_service_lets_the_test_go_on() -> None:
    require("/usr/bin/moon", "a moon")


def test_ports_leave_room_for_their_twins() -> None:
    assert {port + 10_003 < 55_000 for port in (free_ports(4, also_above=10_000) for _ in range(20))} == {True}


def test_postgresql_answers(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        answer = connection.execute("show fsync").fetchone()

    assert answer == ("off",)


@pytest.mark.object_store
def test_the_object_store_keeps_a_guest_out_of_other_buckets(object_store: ObjectStore, bucket: str) -> None:
    object_store.client().put_object(Bucket=bucket, Key="a", Body=b"secret")
    guest = object_store.guest_client()

    guest.put_object(Bucket="guest", Key="b", Body=b"own", ServerSideEncryption="AES256")

    assert guest.get_object(Bucket="guest", Key="b")["Body"].read() == b"own"
    with pytest.raises(ClientError, match="AccessDenied"):
        guest.get_object(Bucket=bucket, Key="a")
