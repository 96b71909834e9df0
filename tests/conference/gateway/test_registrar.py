"""The registrar: its accounts and no others, nothing relayed, nothing that strangers can say passes for our words."""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from setsail import api
from setsail.base.errors import BadInput, MissingExtra
from setsail.conference.gateway import kamailio
from setsail.conference.gateway.register import NotRegistrable, _proof, register_check
from setsail.conference.gateway.sip import message
from setsail.conference.server import find
from setsail.conference.server import sip_order as ordering
from setsail.conference.server.errors import NoAnswer
from setsail.conference.server.janus import free_ports
from setsail.conference.server.sip import Account, SipSettings
from tests.conference.gateway.agent import Agent
from tests.conference.gateway.conftest import NOW, Conference

Run = Callable[[Any], Any]


def test_an_account_is_taken_with_its_password_and_no_other(conference: Conference, run_async: Run) -> None:
    sip = conference.sip
    user, password = next(iter(conference.users.items()))

    async def asked(user: str, password: str) -> Any:
        return await register_check("127.0.0.1", sip.port, user=user, domain=sip.domain, password=password)

    assert run_async(asked(user, password)).contacts == ()
    for who, word in ((user, "another"), ("nobody", password), (list(conference.users)[1], password)):
        with pytest.raises(NotRegistrable, match="401"):
            run_async(asked(who, word))


def test_no_answer_is_told_with_the_address(run_async: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from setsail.conference.gateway import register

    monkeypatch.setattr(register, "AGAIN_S", 0.01)
    with pytest.raises(NoAnswer, match=r"127\.0\.0\.1"):
        run_async(register_check("127.0.0.1", free_ports(1)[0], user="a", domain="b", password="c"))


def test_the_proof_of_a_password_follows_the_formula_and_other_schemes_are_refused() -> None:
    """RFC 2617 cl. 3.2.2.1 without qop, for REGISTER."""
    import hashlib

    def md5(text: str) -> str:
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

    told = _proof('Digest realm="r@host", nonce="n"', "Mufasa", "Circle Of Life", "sip:host")
    expected = md5(f"{md5('Mufasa:r@host:Circle Of Life')}:n:{md5('REGISTER:sip:host')}")
    assert f'response="{expected}"' in told
    with pytest.raises(NotRegistrable):
        _proof("Basic realm=x", "a", "b", "sip:c")


def test_the_registrar_relays_nothing_and_takes_no_word_of_ours_from_a_stranger(
    conference: Conference, run_async: Run
) -> None:
    """A stranger writes our own headers, invents routes, speaks to the inner port: nothing comes through."""

    async def tried() -> list[tuple[str, int]]:
        told = []
        stranger, victim = Agent(conference.sip.port), Agent(1)
        room = conference.order.rooms.room
        target = f"sip:someone@127.0.0.1:{victim.port}"
        try:
            for method, more in (
                ("INVITE", ()),
                ("MESSAGE", ()),
                ("SUBSCRIBE", ()),
                ("REGISTER", ()),
                ("INVITE", (("route", f"<sip:127.0.0.1:{victim.port};lr>"),)),
            ):
                text = message.Message(method, target if method != "REGISTER" else "sip:elsewhere", headers=(
                    ("via", f"SIP/2.0/UDP 127.0.0.1:{stranger.port};rport;branch=z9hG4bK{method}{len(more)}"),
                    ("max-forwards", "70"), ("from", "<sip:x@y.example>;tag=1"), ("to", f"<{target}>"),
                    ("call-id", f"{method}{len(more)}"), ("cseq", f"1 {method}"), ("contact", "<sip:x@127.0.0.1>"),
                    ("x-setsail-user", next(iter(conference.users))), *more,
                ))  # fmt: skip
                stranger.send(message.written(text))
                told.append((method, (await stranger.answer()).status))
            for number, (method, route) in enumerate((("BYE", victim.port), ("INVITE", victim.port))):
                text = message.Message(method, target, headers=(
                    ("via", f"SIP/2.0/UDP 127.0.0.1:{stranger.port};rport;branch=z9hG4bKin{number}"),
                    ("max-forwards", "70"), ("route", f"<sip:127.0.0.1:{conference.sip.port};lr>"),
                    ("route", f"<sip:127.0.0.1:{route};lr>"), ("from", "<sip:x@y.example>;tag=1"),
                    ("to", f"<sip:{room}@y.example>;tag=2"), ("call-id", f"in{number}"), ("cseq", f"1 {method}"),
                    ("contact", "<sip:x@127.0.0.1>"),
                ))  # fmt: skip
                stranger.send(message.written(text))
                told.append((f"within {method}", (await stranger.answer()).status))
            stranger.gateway = ("127.0.0.1", conference.sip.inner_port)
            stranger.request("INVITE", room, call="inner", user=next(iter(conference.users)), body=stranger.offer())
            with pytest.raises(TimeoutError):
                await stranger.answer(within_s=0.5)
            with pytest.raises(BlockingIOError):
                victim.line.recv(2000)
        finally:
            stranger.close()
            victim.close()
        return told

    told = run_async(tried())
    assert told == [
        ("INVITE", 407), ("MESSAGE", 405), ("SUBSCRIBE", 405), ("REGISTER", 403), ("INVITE", 407),
        ("within BYE", 403), ("within INVITE", 403),
    ]  # fmt: skip
    assert conference.calls() == []


def test_rubbish_does_not_stop_the_registrar(conference: Conference, run_async: Run) -> None:
    sip = conference.sip
    user, password = next(iter(conference.users.items()))

    async def thrown() -> None:
        stranger = Agent(sip.port)
        for data in (b"\0" * 100, b"INVITE", os.urandom(1400), b"INVITE sip:x SIP/2.0\r\n\r\n", b"A" * 60_000):
            stranger.send(data)
        await asyncio.sleep(0.2)
        stranger.close()
        await register_check("127.0.0.1", sip.port, user=user, domain=sip.domain, password=password)

    run_async(thrown())
    services = {s["service"]: s for s in api.conference_status(conference.folder)["services"]}
    assert services["sip"]["restarts"] == services["gateway"]["restarts"] == 0


def test_the_configuration_is_private_and_listens_where_it_is_told(conference: Conference) -> None:
    file = conference.sip.folder / kamailio.FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    listening = [line for line in file.read_text().splitlines() if line.startswith("listen=")]
    assert listening == [
        f"listen=udp:127.0.0.1:{conference.sip.port}", f"listen=tcp:127.0.0.1:{conference.sip.port}",
        *([f"listen=tls:127.0.0.1:{conference.sip.tls_port}"] if conference.sip.tls_port else []),
        f"listen=udp:127.0.0.1:{conference.sip.inner_port}",
    ]  # fmt: skip
    for password in conference.users.values():
        assert password not in file.read_text()


def test_the_configuration_of_other_addresses_is_one_that_kamailio_takes(kamailio_here: None, tmp_path: Path) -> None:
    import subprocess

    accounts = tuple(Account(f"s{n}", f"S{n}", "0" * 32) for n in range(300))
    ports = free_ports(3)
    sip = SipSettings(tmp_path / "sip", ("127.0.0.1", "127.0.0.2"), ports[0], "sip.conference.example", ports[1],
                      ports[2], accounts)  # fmt: skip
    command = kamailio.write_configuration(find.find_program("kamailio"), sip, 2020)
    checked = subprocess.run([command[0], "-c", "-f", command[command.index("-f") + 1]], capture_output=True, text=True)  # noqa: PLW1510
    assert checked.returncode == 0, checked.stderr


def test_without_kamailio_one_line_says_so(
    janus_here: None, conference: Conference, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "w"
    shutil.copytree(conference.folder, folder, ignore=shutil.ignore_patterns("conference"))
    real = shutil.which
    monkeypatch.setattr(shutil, "which", lambda name, **more: None if name == "kamailio" else real(name, **more))
    with pytest.raises(MissingExtra, match="apt-get install kamailio"):
        api.conference_up(folder, random_bytes=os.urandom, now=lambda: NOW)
    assert not (folder / "conference" / "order.json").exists()


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, (True, "", 5060, 5061)), ({}, (False, "kamailio-tls-modules", 5060, 0)),
        ({"srtp": "dtls"}, (True, "DTLS", 5060, 5061)), ({"transport": "udp"}, (True, "", 5061, 0)),
        ({"srtp": "none", "transport": "tcp"}, (False, "", 5061, 0)),
    ],
)  # fmt: skip
def test_what_terminals_are_set_to_is_opened_and_what_is_not_to_be_had_is_said(
    conference: Conference, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any],
    found: tuple[bool, str, int, int],
) -> None:  # fmt: skip
    from dataclasses import replace

    from setsail.rollout.folder.reading import read
    from setsail.rollout.provision import options
    from setsail.rollout.provision import secrets as kept

    tls, words, *ports = found
    monkeypatch.setattr(ordering, "has_tls", lambda: tls)
    told = options.read(conference.folder)
    made = ordering.settings_for(
        read(conference.folder), kept.read(conference.folder), replace(told, sip=replace(told.sip, **changes)),
        tmp_path / "conference" / "sip", now=NOW,
    )  # fmt: skip
    assert words in made.note
    assert bool(made.note) == bool(words)
    assert [made.port, made.tls_port] == ports
    assert (tmp_path / "tls" / "ca.pem").exists() == bool(made.tls_port)
    assert made.addresses == ("127.0.0.1",)


def test_a_domain_that_would_break_out_of_the_configuration_is_refused(conference: Conference, tmp_path: Path) -> None:
    from dataclasses import replace

    from setsail.rollout.folder.reading import read
    from setsail.rollout.provision import options
    from setsail.rollout.provision import secrets as kept

    rollout, told = read(conference.folder), options.read(conference.folder)
    for domain in ('a"b', "a$b", "a\nb"):
        with pytest.raises(BadInput, match="domain"):
            ordering.settings_for(
                rollout, kept.read(conference.folder), replace(told, sip=replace(told.sip, domain=domain)), tmp_path,
                now=NOW,
            )  # fmt: skip


def test_the_register_step_of_an_acceptance_holds_the_account_at_the_registrar(
    conference: Conference, tmp_path: Path
) -> None:
    from setsail.conference.accept import course, steps
    from setsail.conference.call.facts import SiteFacts

    sip = conference.sip
    there = course.sip_account(conference.folder, sip.accounts[0].site)
    assert there is not None
    assert (there.user, there.error, there.terminals) == (sip.accounts[0].user, "", 0)
    gone = course.sip_account(conference.folder, "nobody")
    assert gone is not None
    found = SiteFacts(site="S01", number=1, joined_s=0.5)
    assert steps.register_step(found, there).verdict == "pass"
    assert steps.register_step(found, gone).verdict == "fail"
    assert "sip_account" in steps.register_step(found, gone).reason
    assert steps.register_step(found).facts.keys() == {"joined_s", "error", "error_code", "number"}
