"""Keys: made once, never overwritten, read strictly."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from setsail.base.errors import BadInput, DuplicateKey, OutOfRange, StoreConflict, UnknownName
from setsail.conformance import keys


def made(tmp_path: Path, name: str = "a", **how: Any) -> tuple[Path, Path]:
    path = tmp_path / f"{name}.json"
    _, public = keys.create(path, "Invented Assessors 医院评估", **how)
    return path, public


def changed(path: Path, **members: Any) -> Path:
    content = json.loads(path.read_text(encoding="utf-8")) | members
    path.write_text(json.dumps({k: v for k, v in content.items() if v is not None}), encoding="utf-8")
    return path


@pytest.mark.parametrize("algorithm", ["Ed25519", "ES256"])
def test_key_is_private_to_its_owner_and_its_public_half_is_read_back(tmp_path: Path, algorithm: str) -> None:
    private, public = made(tmp_path, algorithm=algorithm, levels=["third", "second"])
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert public.name == "a.pub.json"
    (trusted,) = keys.read_trust([public])
    signer = keys.read_private(private)
    assert (trusted.kid, trusted.algorithm, trusted.party) == (signer.kid, algorithm, "Invented Assessors 医院评估")
    assert trusted.levels == ("second", "third")
    assert signer.private
    assert not trusted.private
    assert '"d"' not in public.read_text(encoding="utf-8")


def test_key_is_never_overwritten_nor_is_its_public_half(tmp_path: Path) -> None:
    private, public = made(tmp_path)
    before = private.read_bytes()
    with pytest.raises(StoreConflict, match="never overwritten"):
        keys.create(private, "Another")
    private.unlink()
    with pytest.raises(StoreConflict):
        keys.create(private, "Another")
    assert not private.exists()
    public.unlink()
    private.symlink_to(tmp_path / "elsewhere.json")
    with pytest.raises(StoreConflict):
        keys.create(private, "Another")
    assert not (tmp_path / "elsewhere.json").exists()
    assert before


@pytest.mark.parametrize("party", ["", " padded", "x" * 65, "line\nbreak", "over\u202eride", "zero\u200bwidth"])
def test_party_without_a_name_that_can_be_printed_is_refused(tmp_path: Path, party: str) -> None:
    with pytest.raises(BadInput):
        keys.create(tmp_path / "a.json", party)
    assert list(tmp_path.iterdir()) == []


def test_party_of_the_longest_name_is_accepted(tmp_path: Path) -> None:
    key, _ = keys.create(tmp_path / "a.json", "医" * keys.PARTY_LENGTH)
    assert len(key.party) == keys.PARTY_LENGTH


def test_unknown_level_and_algorithm_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(UnknownName):
        keys.create(tmp_path / "a.json", "P", ["fourth"])
    with pytest.raises(UnknownName):
        keys.create(tmp_path / "a.json", "P", algorithm="HS256")
    assert list(tmp_path.iterdir()) == []


def test_private_key_is_not_accepted_as_trust(tmp_path: Path) -> None:
    private, _ = made(tmp_path)
    with pytest.raises(BadInput, match="private"):
        keys.read_trust([private])


def test_public_half_cannot_sign(tmp_path: Path) -> None:
    _, public = made(tmp_path)
    with pytest.raises(BadInput, match="no private key"):
        keys.read_private(public)


@pytest.mark.parametrize(
    "members",
    [
        {"kty": "oct", "crv": None, "k": "c2VjcmV0"},
        {"kty": "oct", "crv": None},
        {"crv": "X25519"},
        {"kid": "someone-else"},
        {"alg": "HS256"},
        {"alg": "none"},
        {"x": "AAAA"},
        {"x": 5},
        {"x5c": ["MIIB"]},
        {"jku": "https://example.invalid/keys"},
        {"levels": []},
        {"levels": ["fourth"]},
        {"levels": "third"},
        {"party": None},
    ],
)
def test_trust_file_that_says_anything_else_is_refused(tmp_path: Path, members: dict[str, Any]) -> None:
    _, public = made(tmp_path)
    with pytest.raises((BadInput, OutOfRange)):
        keys.read_trust([changed(public, **members)])


def test_private_key_whose_halves_do_not_belong_together_is_refused(tmp_path: Path) -> None:
    first, _ = made(tmp_path)
    second, _ = made(tmp_path, "b")
    other = json.loads(second.read_text(encoding="utf-8"))
    with pytest.raises(BadInput, match="do not belong together"):
        keys.read_private(changed(first, x=other["x"], kid=None))


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"a": 1, "a": 2}', "[" * 100_000, '{"keys": []}', '{"keys": 3}', "nul"]
)
def test_file_that_is_no_key_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.pub.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput) as told:
        keys.read_trust([path])
    assert len(str(told.value)) < 400


def test_key_file_of_many_megabytes_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "a.pub.json"
    with path.open("wb") as file:
        file.truncate(100 << 20)
    with pytest.raises(BadInput, match="at most"):
        keys.read_trust([path])


def test_trust_of_several_parties_is_read_from_one_file_or_several(tmp_path: Path) -> None:
    publics = [made(tmp_path, name)[1] for name in "ab"]
    both = tmp_path / "both.json"
    both.write_text(
        json.dumps({"keys": [json.loads(p.read_text(encoding="utf-8")) for p in publics]}), encoding="utf-8"
    )
    assert {k.kid for k in keys.read_trust(publics)} == {k.kid for k in keys.read_trust([both])}
    with pytest.raises(DuplicateKey):
        keys.read_trust([both, publics[0]])
