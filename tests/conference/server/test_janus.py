"""The configuration of our own Janus: what is in it, and what is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from setsail.base.errors import BadInput, OutOfRange
from setsail.conference.server.find import Janus, Program
from setsail.conference.server.janus import files, fresh, own_address, require_own_address, write_configuration
from tests.conference.rooms import fresh_rooms


@pytest.fixture
def found(tmp_path: Path) -> Janus:
    for part in ("plugins", "transports"):
        (tmp_path / part).mkdir()
        for name in ("videoroom", "audiobridge", "recordplay", "websockets", "http"):
            (tmp_path / part / f"libjanus_{name}.so").touch()
    return Janus(Program(tmp_path / "janus"), tmp_path / "plugins", tmp_path / "transports")


def test_configuration_loads_only_what_a_conference_needs(found: Janus, tmp_path: Path) -> None:
    write_configuration(found, fresh(tmp_path / "run", addresses=(own_address(),)))
    assert sorted(p.name for p in (tmp_path / "run" / "plugins").iterdir()) == [
        "libjanus_audiobridge.so",
        "libjanus_videoroom.so",
    ]
    assert [p.name for p in (tmp_path / "run" / "transports").iterdir()] == ["libjanus_websockets.so"]


def test_configuration_keeps_secrets_to_the_owner_and_listens_on_loopback(found: Janus, tmp_path: Path) -> None:
    settings = fresh(tmp_path / "run", addresses=(own_address(),))
    write_configuration(found, settings, fresh_rooms(sites=3))
    assert (tmp_path / "run").stat().st_mode & 0o077 == 0
    for file in (tmp_path / "run").glob("*.jcfg"):
        assert file.stat().st_mode & 0o077 == 0, file
    web = files(settings)["janus.transport.websockets.jcfg"]
    assert 'ws_ip = "127.0.0.1"' in web
    assert 'admin_ws_ip = "127.0.0.1"' in web
    core = files(settings)["janus.jcfg"]
    assert "stun_server" not in core
    assert f'ice_enforce_list = "{own_address()}"' in core
    assert len({settings.secret, settings.admin_secret, settings.admin_key}) == 3


def test_configuration_is_not_written_again_where_it_says_the_same(found: Janus, tmp_path: Path) -> None:
    settings, rooms = fresh(tmp_path / "run", addresses=(own_address(),)), fresh_rooms(sites=3)
    write_configuration(found, settings, rooms)
    before = {p.name: p.stat().st_ino for p in (tmp_path / "run").glob("*.jcfg")}
    write_configuration(found, settings, rooms)
    assert {p.name: p.stat().st_ino for p in (tmp_path / "run").glob("*.jcfg")} == before


def test_name_with_quotes_stays_one_value(tmp_path: Path) -> None:
    rooms = fresh_rooms(sites=3, description='a "b" \\ c')
    text = files(fresh(tmp_path, addresses=("192.0.2.7",)), rooms)["janus.plugin.videoroom.jcfg"]
    assert 'description = "a \\"b\\" \\\\ c"' in text
    assert "record = false" in text


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "0.0.0.0", "203.0.113.9", "here", ""])
def test_address_that_cannot_carry_media_is_refused(address: str) -> None:
    with pytest.raises(BadInput, match="--listen"):
        require_own_address(address)


def test_rooms_hold_at_least_one_and_at_most_a_thousand() -> None:
    assert fresh_rooms(sites=1, margin=0).publishers == 1
    assert fresh_rooms(sites=996).publishers == 1000
    for sites, margin in ((0, 0), (997, 4)):
        with pytest.raises(OutOfRange):
            fresh_rooms(sites=sites, margin=margin)
