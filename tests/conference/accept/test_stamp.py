"""The sender against the reflector, over the loopback interface: nothing is judged here by its speed."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable
from typing import Any

import pytest

from setsail.base.errors import BadInput, OutOfRange
from setsail.conference.accept import stamp_wire as wire
from setsail.conference.accept.datagrams import bound, host_port, waiting
from setsail.conference.accept.reflector import Reflector
from setsail.conference.accept.stamp import LinkOrder, link_test, packet
from tests.conference.accept.far_end import far_end, relay, unharmed

SHORT: dict[str, Any] = {"seconds": 0.2, "interval_ms": 4, "dscp": 34}
PACKETS = 50


def every(nth: int, harm: Callable[[bytes], list[bytes]]) -> Callable[[int, bytes], list[bytes]]:
    return lambda number, packet: harm(packet) if number % nth == nth - 2 else [packet]


@pytest.mark.parametrize("form", ["ntp", "ptp"])
@pytest.mark.parametrize("key", [None, b"a shared secret of thirty octets"], ids=["plain", "authenticated"])
@pytest.mark.parametrize("stateful", [True, False])
def test_a_sound_link_loses_nothing_and_keeps_the_mark(form: wire.Format, key: bytes | None, stateful: bool) -> None:
    with far_end(Reflector(stateful=stateful, key=key, error=wire.ErrorEstimate(form=form))) as port:
        found = link_test("127.0.0.1", port, LinkOrder(**SHORT, form=form, key=key, shared_clock=True))
    assert (found.sent, found.received, found.duplicates, found.reordered) == (PACKETS, PACKETS, 0, 0)
    assert (found.lost_there, found.lost_back, found.dscp_kept) == (0, 0, True)
    assert found.ttl == 255
    assert found.rtt is not None
    assert 0 < found.rtt.min_ms <= found.rtt.p50_ms
    assert found.one_way_there is not None
    assert found.one_way_there.min_ms > 0


def test_an_ipv6_link_is_measured_as_an_ipv4_one_is() -> None:
    if not socket.has_ipv6:
        pytest.skip("no IPv6 on this machine")
    try:
        with far_end(Reflector(), host="::1") as port:
            found = link_test("::1", port, LinkOrder(**SHORT))
    except BadInput as err:
        pytest.skip(f"no IPv6 loopback: {err}")
    assert (found.received, found.dscp_kept, found.ttl) == (PACKETS, True, 255)


def test_losses_duplicates_and_strangers_on_the_way_are_counted() -> None:
    thrice = every(10, lambda packet: [packet, packet[:20], packet])
    with far_end(Reflector()) as port, relay(port, every(5, lambda _: []), thrice) as through:
        found = link_test("127.0.0.1", through, LinkOrder(**SHORT))
    assert found.lost == found.lost_there == PACKETS // 5
    assert found.lost_back == 0
    assert found.duplicates == found.strange == PACKETS * 4 // 5 // 10


def test_a_mark_that_a_relay_drops_is_seen_as_lost() -> None:
    with far_end(Reflector()) as port, relay(port, unharmed, unharmed) as through:
        found = link_test("127.0.0.1", through, LinkOrder(**SHORT))
    assert found.dscp_there == (0,)
    assert found.dscp_kept is False


def test_a_link_without_a_far_end_ends_in_time_with_all_lost() -> None:
    with bound("127.0.0.1", 0, "test") as free:
        port = free.getsockname()[1]
    found = link_test("127.0.0.1", port, LinkOrder(seconds=0.1, interval_ms=10, wait_s=0.05))
    assert (found.sent, found.received, found.loss_ratio) == (10, 0, 1.0)


def test_replies_whose_time_of_request_was_changed_are_strangers() -> None:
    def forged(_number: int, packet: bytes) -> list[bytes]:
        return [packet[:28] + bytes(8) + packet[36:]]

    with far_end(Reflector()) as port, relay(port, unharmed, forged) as through:
        found = link_test("127.0.0.1", through, LinkOrder(**SHORT))
    assert (found.received, found.strange) == (0, PACKETS)


def test_a_sender_of_the_other_program_is_answered_with_all_it_reads() -> None:
    """Packets as `nokia/twampy` sends them with `--padding 30`, sent from a bare socket."""
    with far_end(Reflector()) as port, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bare:
        bare.settimeout(5)
        for number in range(3):
            bare.sendto(struct.pack("!L2IH", number, 3_998_988_800, 77, 0x3FFF) + bytes(30), ("127.0.0.1", port))
            answer = bare.recv(9216)
            assert len(answer) == 44
            assert struct.unpack("!I", answer[0:4]) == struct.unpack("!I", answer[24:28]) == (number,)
            assert struct.unpack("!II", answer[28:36]) == (3_998_988_800, 77)


def test_the_other_program_answers_our_sender_too() -> None:
    """A reflector as `nokia/twampy` is one: no extensions come back, and its packets have a length of their own."""
    with bound("127.0.0.1", 0, "test") as listening:
        port = listening.getsockname()[1]
        order = LinkOrder(seconds=0.1, interval_ms=10, wait_s=0.5)

        def answer() -> None:
            seen = 0
            while seen < order.packets:
                for met in waiting(listening, 5.0):
                    head = struct.pack(
                        "!LQ2HQ", seen, wire.time_bits(met.at_ns + 500, "ntp"), 1, 0, wire.time_bits(met.at_ns, "ntp")
                    )
                    listening.sendto(head + met.data[0:14] + bytes(8), met.address)
                    seen += 1

        runs = threading.Thread(target=answer)
        runs.start()
        found = link_test("127.0.0.1", port, order)
        runs.join()
    assert (found.received, found.strange) == (10, 0)
    assert found.dscp_there == ()


@pytest.mark.parametrize(
    ("field", "inside", "outside"),
    [("seconds", 0.1, 0.09), ("seconds", 3600, 3601), ("interval_ms", 1, 0.9), ("dscp", 63, 64), ("octets", 44, 43)],
)
def test_an_order_beyond_its_bounds_is_refused(field: str, inside: Any, outside: Any) -> None:
    LinkOrder(**{field: inside}).require()
    with pytest.raises(OutOfRange):
        LinkOrder(**{field: outside}).require()


def test_a_packet_has_the_length_of_the_order_in_both_modes() -> None:
    assert len(packet(LinkOrder(octets=172), 0, 1)) == 172
    assert len(packet(LinkOrder(octets=172, key=b"k"), 0, 1)) == 172


@pytest.mark.parametrize("text", ["", "host", ":1", "host:", "host:x", "host:65536", "host:-1"])
def test_an_address_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="HOST:PORT"):
        host_port(text, "TARGET")


def test_addresses_of_both_families_are_read() -> None:
    assert host_port("192.0.2.1:862", "TARGET") == ("192.0.2.1", 862)
    assert host_port("[2001:db8::1]:5", "TARGET") == ("2001:db8::1", 5)
    assert host_port("2001:db8::1", "TARGET", 862) == ("2001:db8::1", 862)
    assert host_port("site.example", "TARGET", 862) == ("site.example", 862)


def test_a_port_that_is_taken_is_told_so() -> None:
    with bound("127.0.0.1", 0, "--listen") as taken, pytest.raises(BadInput, match="--listen: cannot be listened on"):
        bound("127.0.0.1", taken.getsockname()[1], "--listen")
