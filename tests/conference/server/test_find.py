"""Where Janus is looked for, and how it is unpacked without root: with small packages and an apt of the test's own."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from setsail.base.errors import BadInput, MissingExtra, StoreConflict, StoreCorrupt
from setsail.conference.server.find import cache_folder, find_janus, find_program
from setsail.conference.server.unpack import unpack

APT = """#!/bin/sh
case "$*" in
*download*--print-uris*) cat "{there}/summed" ;;
*--print-uris*) cat "{there}/planned"; exit "$(cat "{there}/code")" ;;
*download*) for last; do :; done; cp "{there}/$last"_*.deb . ;;
esac
"""
JANUS = "#!/bin/sh\necho 'Janus version: 1102 (1.1.2)'\n"


def _janus(root: Path) -> Path:
    program = root / "usr" / "bin" / "janus"
    program.parent.mkdir(parents=True)
    program.write_text(JANUS)
    program.chmod(0o755)
    for part in ("plugins", "transports"):
        folder = root / "usr" / "lib" / "x86_64-linux-gnu" / "janus" / part
        folder.mkdir(parents=True)
        (folder / "libjanus_videoroom.so").touch()
    return program


def test_janus_that_is_nowhere_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(MissingExtra) as met:
        find_janus({"PATH": str(tmp_path), "HOME": str(tmp_path)})
    assert "is not to be had on this system" in str(met.value)
    assert "the rollout works without the call" in str(met.value)
    assert "\n" not in str(met.value)


def test_janus_is_found_in_the_path(tmp_path: Path) -> None:
    program = _janus(tmp_path)
    found = find_janus({"PATH": str(program.parent), "HOME": "/nowhere"})
    assert found.program.path == program
    assert found.plugins == program.parent.parent / "lib" / "x86_64-linux-gnu" / "janus" / "plugins"
    assert found.program.environment({"A": "1"}) == {"A": "1"}


def test_unpacked_janus_is_found_in_the_cache_with_its_libraries(tmp_path: Path) -> None:
    environ = {"PATH": "", "HOME": str(tmp_path)}
    root = cache_folder(environ)
    _janus(root)
    found = find_janus(environ)
    assert found.program.path == root / "usr" / "bin" / "janus"
    libraries = found.program.environment(environ)["LD_LIBRARY_PATH"].split(":")
    assert str(root / "usr" / "lib" / "x86_64-linux-gnu") in libraries


def test_named_janus_comes_before_the_path_and_a_wrong_name_is_refused(tmp_path: Path) -> None:
    first, second = _janus(tmp_path / "a"), _janus(tmp_path / "b")
    environ = {"PATH": str(first.parent), "HOME": "/nowhere"}
    for named in (second, tmp_path / "b"):
        assert find_janus({**environ, "SETSAIL_JANUS": str(named)}).program.path == second
    with pytest.raises(BadInput, match="SETSAIL_JANUS"):
        find_janus({**environ, "SETSAIL_JANUS": str(tmp_path / "c")})


def test_program_that_is_not_installed_is_told_with_its_package() -> None:
    with pytest.raises(MissingExtra, match="apt-get install coturn"):
        find_program("no-such-turnserver", {"PATH": "/nowhere"}, package="coturn")


@pytest.fixture
def apt(tmp_path: Path) -> Path:
    """A folder that plays the archive: one package of a Janus, and an apt-get that knows it."""
    if shutil.which("dpkg-deb") is None:
        pytest.skip("dpkg-deb is not on this system")
    there = tmp_path / "archive"
    package = there / "package"
    _janus(package)
    (package / "DEBIAN").mkdir()
    (package / "DEBIAN" / "control").write_text(
        "Package: janus\nVersion: 1.1.2-1\nArchitecture: all\n"
        "Maintainer: Nobody <n@example.org>\nDescription: synthetic\n"
    )
    deb = there / "janus_1.1.2-1_all.deb"
    subprocess.run(["dpkg-deb", "--build", str(package), str(deb)], check=True, capture_output=True)
    digest = hashlib.sha256(deb.read_bytes()).hexdigest()
    line = f"'http://archive.example/{deb.name}' {deb.name} 1"
    (there / "planned").write_text(f"noise\n{line} MD5Sum:{'0' * 32}\n")
    (there / "summed").write_text(f"{line} SHA256:{digest}\n")
    (there / "code").write_text("0")
    (there / "bin").mkdir()
    tool = there / "bin" / "apt-get"
    tool.write_text(APT.format(there=there))
    tool.chmod(0o755)
    return there


def _environ(apt: Path, home: Path) -> dict[str, str]:
    return {"PATH": f"{apt / 'bin'}{os.pathsep}/usr/bin{os.pathsep}/bin", "HOME": str(home)}


def test_unpacked_packages_give_a_janus_that_runs(apt: Path, tmp_path: Path) -> None:
    environ = _environ(apt, tmp_path)
    for _ in range(2):  # a second time replaces the first
        done = unpack(None, environ)
        assert done["version"] == "1.1.2"
        assert done["packages"] == ["janus_1.1.2-1_all.deb"]
    assert find_janus({"PATH": "", "HOME": str(tmp_path)}).program.path == Path(done["janus"])


def test_package_with_other_bytes_is_refused_and_nothing_is_unpacked(apt: Path, tmp_path: Path) -> None:
    with (apt / "janus_1.1.2-1_all.deb").open("ab") as file:
        file.write(b"x")
    with pytest.raises(StoreCorrupt, match="SHA-256"):
        unpack(tmp_path / "into", _environ(apt, tmp_path))
    assert not (tmp_path / "into").exists()


def test_system_without_the_package_is_told(apt: Path, tmp_path: Path) -> None:
    (apt / "planned").write_text("")
    (apt / "code").write_text("100")
    with pytest.raises(MissingExtra, match="the rollout works without the call"):
        unpack(tmp_path / "into", _environ(apt, tmp_path))
    with pytest.raises(MissingExtra, match="no apt-get here"):
        unpack(tmp_path / "into", {"PATH": str(tmp_path), "HOME": str(tmp_path)})


def test_folder_of_another_kind_is_not_replaced(apt: Path, tmp_path: Path) -> None:
    (tmp_path / "into").mkdir()
    (tmp_path / "into" / "letters.txt").write_text("mine")
    with pytest.raises(StoreConflict, match=r"packages\.txt"):
        unpack(tmp_path / "into", _environ(apt, tmp_path))
    assert (tmp_path / "into" / "letters.txt").read_text() == "mine"
