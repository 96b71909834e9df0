"""Secrets: made once, kept for the owner alone, never shown."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import subprocess
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsail.base.errors import BadInput, OutOfRange
from setsail.rollout.provision import secrets
from setsail.rollout.provision.secrets import FILE, LETTERS, Secrets
from tests.rollout.provision.small import counted_bytes, rollout

UNTIL = datetime(2030, 1, 3, tzinfo=UTC)


def _mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_secrets_are_kept_for_their_owner_alone_and_read_as_they_were_made(tmp_path: Path) -> None:
    made = secrets.kept(tmp_path, rollout(), counted_bytes())
    assert _mode(tmp_path / FILE) == 0o600
    assert secrets.read(tmp_path) == made
    assert secrets.read(tmp_path / FILE) == made


def test_second_provisioning_keeps_the_secrets_and_adds_those_of_new_sites(tmp_path: Path) -> None:
    first = secrets.kept(tmp_path, rollout(2), counted_bytes("a"))
    second = secrets.kept(tmp_path, rollout(3), counted_bytes("b"))
    assert second.pin == first.pin
    assert {s: second.sites[s] for s in first.sites} == first.sites
    assert set(second.sites) == {"S1", "S2", "S3"}


def test_rotation_makes_everything_anew(tmp_path: Path) -> None:
    first = secrets.kept(tmp_path, rollout(), counted_bytes("a"))
    second = secrets.kept(tmp_path, rollout(), counted_bytes("b"), rotate=True)
    assert first.pin != second.pin
    assert first.turn_secret != second.turn_secret
    assert not set(first.sites.values()) & set(second.sites.values())


def test_no_form_of_secrets_shows_them(tmp_path: Path) -> None:
    made = secrets.kept(tmp_path, rollout(), counted_bytes())
    for text in (repr(made), str(made), repr(made.sites["S1"]), repr(secrets.turn_credential("key", "s1", UNTIL))):
        for word in (made.pin, made.room_secret, made.turn_secret, made.sites["S1"].sip_password, "key="):
            assert word not in text


def test_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    secrets.kept(tmp_path, rollout(), counted_bytes())
    (tmp_path / FILE).chmod(0o640)
    with pytest.raises(BadInput, match="chmod 600"):
        secrets.read(tmp_path)
    with pytest.raises(BadInput, match="mode 0640"):
        secrets.kept(tmp_path, rollout(), counted_bytes())


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('pin = "', 'pin = "12345', "PIN"),
        ("version = 1", "version = 2", "version"),
        ("[turn]", "[turm]", "unknown key 'turm'"),
        ("admin_secret", "admin_word", "admin_secret"),
        ("sip_password", "password", "unknown key 'password'"),
        ("[room]", "[room", "TOML"),
    ],
)
def test_file_that_was_spoilt_is_refused_with_the_place_and_without_a_secret(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    made = secrets.kept(tmp_path, rollout(), counted_bytes())
    file = tmp_path / FILE
    text = file.read_text()
    if "PIN" in told:
        text = text.replace(f'pin = "{made.pin}"', 'pin = "12345"')
    file.write_text(text.replace(old, new, 1) if "PIN" not in told else text)
    with pytest.raises(BadInput, match=told) as met:
        secrets.read(tmp_path)
    assert made.room_secret not in str(met.value)
    assert made.pin not in str(met.value)


def test_missing_secrets_are_told_with_the_command_that_makes_them(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="setsail rollout provision"):
        secrets.read(tmp_path)


def test_two_writers_at_once_end_with_one_set_of_secrets(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    both = [context.Process(target=_keep, args=(tmp_path, word, answers)) for word in ("a", "b")]
    for one in both:
        one.start()
    pins = {answers.get(timeout=60) for _ in both}
    for one in both:
        one.join()
    assert pins == {secrets.read(tmp_path).pin}


def _keep(folder: Path, seed: str, answers: multiprocessing.Queue[str]) -> None:
    answers.put(secrets.kept(folder, rollout(50), counted_bytes(seed)).pin)


def test_leftover_of_a_killed_writer_is_swept_and_never_readable_by_others(tmp_path: Path) -> None:
    left = tmp_path / f".{FILE}.abc.new"
    left.write_text("half")
    secrets.kept(tmp_path, rollout(), counted_bytes())
    assert not left.exists()
    assert sorted(p.name for p in tmp_path.iterdir()) == [".secrets.toml.lock", FILE]


def test_failed_writing_leaves_the_old_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = secrets.kept(tmp_path, rollout(), counted_bytes())

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(BadInput, match="No space left"):
        secrets.kept(tmp_path, rollout(), counted_bytes("b"), rotate=True)
    assert secrets.read(tmp_path) == before


@given(st.binary(min_size=4096, max_size=4096))
def test_pin_is_never_a_row_that_people_guess(noise: bytes) -> None:
    def drawn(count: int) -> bytes:
        nonlocal noise
        taken, noise = noise[:count], noise[count:] or counted_bytes("more")(4096)
        return taken

    pin = secrets.pin(drawn)
    assert len(pin) == 8
    assert pin.isdigit()
    assert len(set(pin)) > 1
    assert pin not in ("12345678", "87654321", "01234567")


def test_passwords_use_every_letter_about_as_often() -> None:
    text = "".join(secrets.password(counted_bytes(str(i))) for i in range(2000))
    counts = [text.count(letter) for letter in LETTERS]
    expected = len(text) / len(LETTERS)
    chi2 = sum((c - expected) ** 2 / expected for c in counts)
    assert chi2 < 110  # 55 degrees of freedom: less than one in 10,000 lies above for a fair draw
    assert not set("ilIoO01") & set(text)


def test_turn_credential_is_that_of_the_published_scheme() -> None:
    # by openssl: printf 1893628800:s1 | openssl dgst -sha1 -hmac north -binary | base64
    made = secrets.turn_credential("north", "s1", UNTIL)
    assert made.username == "1893628800:s1"
    assert made.password == "qKFqpcAXeHfaHdL0kt20D6HcpEs="


def test_turn_credential_ends_no_later_than_the_relay_can_read() -> None:
    last = datetime(2038, 1, 19, 3, 14, 7, tzinfo=UTC)
    assert secrets.turn_credential("north", "s1", last).username == "2147483647:s1"
    with pytest.raises(OutOfRange, match="2038"):
        secrets.turn_credential("north", "s1", last + timedelta(seconds=1))


def test_sip_hash_is_that_of_the_standards_example() -> None:
    # RFC 2617 cl. 3.5: user Mufasa, realm testrealm@host.com, password "Circle Of Life"
    assert secrets.sip_ha1("Mufasa", "testrealm@host.com", "Circle Of Life") == "939e7578ed9e3c518a452acee763bce9"


def test_relay_takes_a_credential_and_refuses_a_false_one(tmp_path: Path) -> None:
    server, client = shutil.which("turnserver"), shutil.which("turnutils_uclient")
    if not server or not client:
        pytest.skip("coturn (turnserver, turnutils_uclient) is not installed")
    secret, port = "synthetic-secret", _free_port()
    conf = tmp_path / "turn.conf"
    conf.write_text(
        f"listening-port={port}\nlistening-ip=127.0.0.1\nrelay-ip=127.0.0.1\nrealm=sip.example\nfingerprint\n"
        f"use-auth-secret\nstatic-auth-secret={secret}\nallow-loopback-peers\nno-cli\nno-tls\nno-dtls\n"
        f"log-file=stdout\npidfile={tmp_path}/pid\nuserdb={tmp_path}/db\n"
    )
    good = secrets.turn_credential(secret, "s1", datetime(2037, 1, 1, tzinfo=UTC))
    process = subprocess.Popen([server, "-c", str(conf)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        call = [client, "-y", "-p", str(port), "-n", "2", "-m", "1", "-e", "127.0.0.1", "-u", good.username]
        assert _allocated([*call, "-w", good.password, "127.0.0.1"])
        assert not _allocated([*call, "-w", "false", "127.0.0.1"], tries=1)
    finally:
        process.terminate()
        process.wait(10)


def _free_port() -> int:
    import socket

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _allocated(command: list[str], tries: int = 20) -> bool:
    """True where the relay gives an allocation; it is asked again while it starts."""
    for _ in range(tries):
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        if "Total lost packets 0" in done.stdout + done.stderr:
            return True
        time.sleep(0.1)
    return False


def test_stand_ins_name_every_site() -> None:
    assert isinstance(secrets.stand_ins(rollout(3)), Secrets)
    assert set(secrets.stand_ins(rollout(3)).sites) == {"S1", "S2", "S3"}


def test_site_without_letters_that_addresses_know_gets_its_number() -> None:
    from setsail.rollout.provision.rooms import room_of

    base = rollout(2)
    one = replace(base, sites=(replace(base.sites[0], site="武汉"), base.sites[1]))
    room = room_of(one, secrets.stand_ins(one))
    assert [p.sip_user for p in room.participants] == ["site-1", "s2", "command"]
