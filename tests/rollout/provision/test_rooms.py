"""The room of a rollout: who is expected, and how many places it has."""

from __future__ import annotations

from dataclasses import replace

import pytest

from setsail.base.errors import BadInput, DuplicateKey
from setsail.rollout.model import CallOrder
from setsail.rollout.provision.rooms import COMMAND, room_of
from setsail.rollout.provision.secrets import Secrets, completed
from tests.rollout.provision.small import counted_bytes, rollout


def _secrets(sites: int = 3) -> Secrets:
    return completed(rollout(sites), counted_bytes())


def test_room_holds_each_site_and_the_command_centre_with_places_to_spare() -> None:
    kept = _secrets()
    room = room_of(rollout(), kept)
    assert [(p.site, p.number) for p in room.participants] == [("S1", 1), ("S2", 2), ("S3", 3), (COMMAND, 0)]
    assert room.places == 4 + 2
    assert (room.room, room.pin, room.secret) == (2020, kept.pin, kept.room_secret)
    assert room.bitrate_bps == 512_000
    found = room.participant("S2")
    assert found is not None
    assert found.sip_password == kept.sites["S2"].sip_password


def test_large_room_keeps_a_tenth_to_spare() -> None:
    assert room_of(rollout(99), _secrets(99)).places == 100 + 10


def test_room_never_shows_its_pin() -> None:
    kept = _secrets()
    text = repr(room_of(rollout(), kept))
    assert kept.pin not in text
    assert kept.sites["S1"].sip_password not in text


def test_site_without_secrets_is_named() -> None:
    with pytest.raises(BadInput, match="'S3'"):
        room_of(rollout(3), _secrets(2))


def test_two_sites_of_one_account_are_refused() -> None:
    base = rollout(2)
    both = replace(base, sites=(base.sites[0], replace(base.sites[1], site="s1")))
    with pytest.raises(DuplicateKey, match="SIP user 's1'"):
        room_of(both, completed(both, counted_bytes()))


@pytest.mark.parametrize("number", [0, -1, 2**31])
def test_room_number_that_no_server_takes_is_refused(number: int) -> None:
    with pytest.raises(BadInput, match="call room"):
        room_of(rollout(call=CallOrder(room=number)), _secrets())


@pytest.mark.parametrize("number", [1, 2**31 - 1])
def test_room_numbers_at_the_ends_are_taken(number: int) -> None:
    assert room_of(rollout(call=CallOrder(room=number)), _secrets()).room == number
