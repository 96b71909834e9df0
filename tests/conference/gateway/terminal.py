"""A real SIP terminal for tests: baresip with a film that carries a site's strip and a tone, steered by a port."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import socket
import struct
import subprocess
import time
import wave
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from setsail.conference.call import media, tones
from setsail.conference.server.janus import free_ports

MODULES = Path("/usr/lib/baresip/modules")
RATE_HZ = 8000
LOUDER = 6.0
CODECS = {"h264": "avcodec.so", "vp8": "vp8.so"}


def require_baresip() -> None:
    """Skips where there is no such terminal, or no film player for it."""
    if shutil.which("baresip") is None or shutil.which("kamailio", path="/usr/sbin:/usr/bin:/sbin") is None:
        pytest.skip("baresip or kamailio is not installed (apt-get install baresip-core kamailio)")
    if not (MODULES / "avformat.so").exists():
        pytest.skip("baresip has no H.264 and no film player (apt-get install baresip-ffmpeg)")


def film(file: Path, site: int, *, seconds: int = 40, fps: int = 15) -> Path:
    """A film with the strip of a site."""
    import av

    clip = media.clip(site, codec="h264", fps=fps, kbps=600)
    decoder: Any = av.CodecContext.create("h264", "r")
    pictures = [p for packet in clip.packets for p in decoder.decode(av.Packet(packet))]
    pictures += decoder.decode(None)
    with av.open(str(file), "w") as out:
        stream: Any = out.add_stream("libx264", rate=fps, options={"preset": "ultrafast", "crf": "20"})
        stream.width, stream.height, stream.pix_fmt = pictures[0].width, pictures[0].height, "yuv420p"
        for n in range(seconds * fps):
            picture = pictures[n % len(pictures)]
            picture.pts, picture.time_base, picture.pict_type = n, Fraction(1, fps), av.video.frame.PictureType.NONE
            out.mux(stream.encode(picture))
        out.mux(stream.encode(None))
    return file


def tone_file(file: Path, site: int, *, seconds: int = 60) -> Path:
    """A sound with the tone of a site."""
    samples = np.tile(tones.tone(site, RATE_HZ), seconds) * LOUDER
    with wave.open(str(file), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE_HZ)
        out.writeframes((samples * 32767).astype("<i2").tobytes())
    return file


class Terminal:
    """A baresip that runs. `ask` is one of its commands; `events` what it told."""

    def __init__(self, folder: Path, process: subprocess.Popen[bytes], line: socket.socket) -> None:
        self.folder, self.process, self._line = folder, process, line
        self.events: list[dict[str, Any]] = []
        self._kept = b""

    def ask(self, command: str, words: str = "", *, within_s: float = 5.0) -> str:
        """What it answers to a command."""
        told = json.dumps({"command": command, "params": words, "token": command})
        self._line.sendall(f"{len(told)}:{told},".encode())
        end = time.monotonic() + within_s
        while time.monotonic() < end:
            for one in self._heard(end):
                if one.get("response") and one.get("token") == command:
                    return str(one.get("data", ""))
        raise AssertionError(f"{command}: no answer; {self.log()}")

    def wait(self, kind: str, *, within_s: float = 15.0) -> dict[str, Any]:
        """The first event of a kind that was not waited for yet."""
        end = time.monotonic() + within_s
        while True:
            for one in self.events:
                if one.get("type") == kind:
                    self.events.remove(one)
                    return one
            if time.monotonic() > end:
                raise AssertionError(f"no {kind}: {[e.get('type') for e in self.events]}; {self.log()}")
            for _ in self._heard(min(end, time.monotonic() + 0.5)):
                pass

    def _heard(self, end: float) -> Iterator[dict[str, Any]]:
        self._line.settimeout(max(0.01, end - time.monotonic()))
        with contextlib.suppress(TimeoutError):
            self._kept += self._line.recv(65536)
        while (found := re.match(rb"(\d+):", self._kept)) is not None:
            start, size = found.end(), int(found[1])
            if len(self._kept) < start + size + 1:
                break
            one = json.loads(self._kept[start : start + size])
            self._kept = self._kept[start + size + 1 :]
            if one.get("event"):
                self.events.append(one)
            yield one

    def pictures(self) -> int:
        """How many pictures it decoded."""
        found = re.search(r"vidisp: fakevideo \d+ x \d+ frames=(\d+)", self.ask("video_debug"))
        return int(found[1]) if found else 0

    def heard(self, sites: list[int]) -> frozenset[int]:
        """Whose tones are in the last second of what it plays."""
        files = sorted(self.folder.glob("dump-*-dec.wav"))
        if not files:
            return frozenset()
        data = files[-1].read_bytes()
        channels, rate_hz = struct.unpack_from("<HI", data, 22)
        frames = (len(data) - 44) // (2 * channels)
        samples = np.frombuffer(data, "<i2", frames * channels, 44)[::channels].astype(np.float64) / 32768
        return tones.heard(samples, rate_hz, sites).names()

    def log(self) -> str:
        """Its last words."""
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")[-1500:]


@contextlib.contextmanager
def terminal(folder: Path, *, user: str, password: str, domain: str, at: str, video: Path | None, sound: Path,
             codec: str = "h264", transport: str = "udp",
             video_codecs: str = "", audio_codecs: str = "pcmu,pcma", encryption: str = "",
             trust: Path | None = None) -> Iterator[Terminal]:  # fmt: skip
    """A terminal of that account that runs, gone at the end. at : the registrar;  video : a film;  encryption : of its
    media, `srtp-mand` for SRTP alone;  trust : the authority by which it knows the registrar.
    """
    folder.mkdir()
    sip, steered = free_ports(2)
    lines = [
        "poll_method epoll", f"sip_listen 127.0.0.1:{sip}", "call_max_calls 1", "call_local_timeout 20",
        "audio_player alsa,null", "audio_alert alsa,null", f"audio_source aufile,{sound}", "audio_srate 8000-48000",
        "ausrc_srate 8000", "auplay_srate 8000", "ausrc_channels 1", "auplay_channels 1", "audio_channels 1-2",
        "video_size 640x360", "video_bitrate 600000", "video_fps 15", "rtp_ports 34000-36000", "rtp_stats yes",
        "avcodec_h264enc libx264", "avcodec_h264dec h264", f"snd_path {folder}", f"module_path {MODULES}",
        "module g711.so",
        "module opus.so", "module aufile.so", "module alsa.so", "module sndfile.so", "module ctrl_tcp.so",
        f"ctrl_tcp_listen 127.0.0.1:{steered}", "module_tmp account.so", "module_tmp uuid.so", "module_app menu.so",
        "module_app debug_cmd.so",
    ]  # fmt: skip
    if video is not None:
        lines += [f"module {CODECS[codec]}", "module avformat.so", "module fakevideo.so",
                  f"video_source avformat,{video}", "video_display fakevideo,nil"]  # fmt: skip
    lines += ["module srtp.so"] if encryption else []
    lines += [f"sip_cafile {trust}"] if trust is not None else []
    (folder / "config").write_text("\n".join(lines) + "\n")
    (folder / "accounts").write_text(
        f'<sip:{user}@{domain};transport={transport}>;auth_user={user};auth_pass={password};'
        f'outbound="sip:{at};transport={transport}";regint=60;audio_codecs={audio_codecs}'
        + (f";video_codecs={video_codecs}" if video_codecs else "")
        + (f";mediaenc={encryption}\n" if encryption else "\n")
    )  # fmt: skip
    (folder / "contacts").write_text("")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(["baresip", "-4", "-v", "-f", str(folder)], stdin=subprocess.DEVNULL, stdout=log,
                                   stderr=log, cwd=folder)  # fmt: skip
    line = None
    try:
        end = time.monotonic() + 15
        while line is None:
            try:
                line = socket.create_connection(("127.0.0.1", steered), 1)
            except OSError:
                if process.poll() is not None or time.monotonic() > end:
                    raise AssertionError((folder / "log").read_text()[-1500:]) from None
                time.sleep(0.05)
        yield Terminal(folder, process, line)
    finally:
        if line is not None:
            line.close()
        process.terminate()
        try:
            process.wait(3)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)
