"""Tokens in place of addresses: one length for all, no two alike, and nothing to read or to change in them."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from datetime import timedelta

import pytest
import time_machine
from pytest_django import Settings

from groundtruth import clock
from groundtruth.storage import Address, BadAddress, Denied
from groundtruth.storage.covers import Covered, cover, uncover

LONGEST = Address("b" * 63, "k" * 1024)
ADDRESSES = [
    Address("abc", "a"),
    Address("bucket", "acme/in/café & co?.jpg"),
    Address("bucket", "東京/" * 100 + "é" * 10),
    Address("bucket", '"' * 1024),  # which JSON would double
    Address("bucket", "ends in a space "),
    LONGEST,
]
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def token_of(address: Address, reader: int = 7) -> str:
    return cover(reader, address).rpartition("/")[2]


@pytest.mark.parametrize("address", ADDRESSES, ids=lambda address: f"{len(address.key)} letters")
@pytest.mark.parametrize("reader", [1, 2**63 - 1])
def test_a_token_says_to_us_what_was_covered(reader: int, address: Address) -> None:
    assert uncover(token_of(address, reader)) == Covered(reader, address.uri, 600)


def test_all_are_absolute_of_one_length_and_of_letters_that_need_no_escape(settings: Settings) -> None:
    made = [cover(reader, address) for reader in (1, 2**63 - 1) for address in ADDRESSES]

    assert {url[: -len(token_of(LONGEST))] for url in made} == {f"{settings.GROUNDTRUTH_URL}/store/-/"}
    assert {len(url.rpartition("/")[2]) for url in made} == {1612}
    assert set("".join(url.rpartition("/")[2] for url in made)) == set(LETTERS)


def test_no_two_are_alike_beyond_their_time_and_none_holds_the_address_bare() -> None:
    with time_machine.travel(clock.now(), tick=False):
        one, two = (urlsafe_b64decode(token_of(Address("bucket", "acme/in/1.png"))) for _ in range(2))

    assert one[:9] == two[:9]  # the version and the second
    assert sum(a == b for a, b in zip(one[9:], two[9:], strict=True)) < 30  # of 1,200: one in 256 by chance
    assert b"acme" not in one
    assert b"bucket" not in one


def test_what_no_address_can_be_gets_none() -> None:
    with pytest.raises(BadAddress):
        cover(7, Address("bucket", "k" * 1151))


@pytest.mark.parametrize("place", [0, 1, 12, 100, 800, 1569, 1611])
def test_a_token_with_one_letter_changed_is_refused(place: int) -> None:
    token = token_of(Address("bucket", "acme/in/1.png"))
    other = LETTERS[(LETTERS.index(token[place]) + 1) % 64]

    with pytest.raises(Denied):
        uncover(token[:place] + other + token[place + 1 :])


def test_a_token_has_one_spelling() -> None:
    token = token_of(Address("bucket", "acme/in/1.png"))

    for other in (token + "=", token + "====", token + "\n", "!" + token, token[:9] + " " + token[9:], token[:-4], ""):
        with pytest.raises(Denied):
            uncover(other)


def test_parts_of_two_tokens_make_no_third() -> None:
    one, two = token_of(Address("bucket", "acme/in/1.png")), token_of(Address("bucket", "other/in/1.png"))

    with pytest.raises(Denied):
        uncover(one[:800] + two[800:])


def test_made_up_letters_and_another_servers_key_are_refused(settings: Settings) -> None:
    token = token_of(Address("bucket", "acme/in/1.png"))

    with pytest.raises(Denied):
        uncover("gAAAAAB" + "A" * 1605)
    settings.SECRET_KEY = "another"
    with pytest.raises(Denied):
        uncover(token)


def test_a_token_ends_by_the_clock_and_sooner_where_the_settings_became_stricter(settings: Settings) -> None:
    now = clock.now()
    with time_machine.travel(now, tick=False):
        token = token_of(Address("bucket", "a.png"))

    with time_machine.travel(now + timedelta(seconds=599), tick=False):
        assert uncover(token).seconds == 1
        settings.SIGNED_URL_SECONDS = 599
        with pytest.raises(Denied):
            uncover(token)
    settings.SIGNED_URL_SECONDS = 600
    for seconds in (600, 601, 10**6):
        with time_machine.travel(now + timedelta(seconds=seconds), tick=False), pytest.raises(Denied):
            uncover(token)


def test_a_token_of_a_clock_that_is_ahead_lives_no_longer_and_one_far_ahead_is_refused() -> None:
    now = clock.now()
    with time_machine.travel(now + timedelta(seconds=30), tick=False):
        ahead = token_of(Address("bucket", "a.png"))
    with time_machine.travel(now + timedelta(seconds=3600), tick=False):
        far_ahead = token_of(Address("bucket", "a.png"))

    with time_machine.travel(now, tick=False):
        assert uncover(ahead).seconds == 600
        with pytest.raises(Denied):
            uncover(far_ahead)
