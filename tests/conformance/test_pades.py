"""Signed PDFs: what they carry, what another implementation says of them, and that any changed byte shows."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from setsail.conformance import certificate, checking, evidence, keys, pades
from setsail.conformance.keys import PartyKey
from setsail.conformance.report.making import attestation_pdf
from setsail.conformance.signed import NotIntact
from tests.conformance import sample

NOW = sample.NOW
UNTIL = NOW + timedelta(days=365)


@dataclass(frozen=True)
class Paper:
    data: bytes
    signed: bytes
    plain: bytes
    key: PartyKey
    trusted: PartyKey


def paper(folder: Path, algorithm: str = "Ed25519", name: str = "a") -> Paper:
    key, public = keys.create(folder / f"{name}.json", "Invented Assessors 医院评估", algorithm=algorithm)
    site = folder / "bay"
    files = evidence.of_folder(site if site.exists() else sample.folder(site))
    body = certificate.content(sample.judged(failing=False), sample.site(), files, key, certificate.Terms("third", NOW))
    signed = certificate.issued(body, key)
    plain = attestation_pdf(signed, body, "en", NOW)
    return Paper(pades.signed_pdf(plain, key, NOW, UNTIL), signed, plain, key, keys.read_trust([public])[0])


@pytest.fixture(scope="module", params=["Ed25519", "ES256"])
def one(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Paper:
    return paper(tmp_path_factory.mktemp("paper"), request.param)


def gap(data: bytes) -> tuple[int, int]:
    found = re.search(rb"/ByteRange\s*\[\s*0 (\d+) (\d+) \d+\s*\]", data)
    assert found
    return int(found[1]), int(found[2])


def test_signed_pdf_gives_the_attestation_that_it_carries(one: Paper, tmp_path: Path) -> None:
    opened = pades.opened(one.data, [one.trusted])
    assert opened.key is one.trusted
    path = tmp_path / "certificate.pdf"
    path.write_bytes(one.data)
    found = checking.answer(path, [one.trusted], NOW)
    assert found.good
    assert found.content == opened.content


def test_signed_pdf_is_read_by_a_process_that_signed_nothing(tmp_path: Path) -> None:
    pdf = tmp_path / "certificate.pdf"
    pdf.write_bytes(paper(tmp_path).data)
    told = (
        "import sys; from pathlib import Path; from setsail.conformance import keys, pades; "
        "pdf, public = map(Path, sys.argv[1:]); "
        "print(pades.opened(pdf.read_bytes(), keys.read_trust([public])).key is not None)"
    )
    done = subprocess.run(
        [sys.executable, "-c", told, str(pdf), str(tmp_path / "a.pub.json")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.stdout.strip(), done.returncode) == ("True", 0), done.stderr


def test_pyhanko_finds_the_signature_sound_over_the_entire_file(one: Paper) -> None:
    from pyhanko.keys import load_certs_from_pemder_data
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import SignatureCoverageLevel, validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    (signature,) = PdfFileReader(io.BytesIO(one.data)).embedded_signatures
    (own,) = load_certs_from_pemder_data(signature.signer_cert.dump())
    status = validate_pdf_signature(signature, ValidationContext(trust_roots=[own], moment=NOW + timedelta(days=1)))
    assert status.intact
    assert status.valid
    assert status.trusted
    assert status.coverage is SignatureCoverageLevel.ENTIRE_FILE
    assert signature.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"
    assert status.signing_cert.subject.native["common_name"] == "Invented Assessors 医院评估"


def require_each_counts(one: Paper, step: int) -> None:
    begin, end = gap(one.data)
    for place in range(begin, end, step):
        for bit in (0x01, 0x20):  # 0x20 turns the case of a letter
            changed = bytearray(one.data)
            changed[place] ^= bit
            try:
                assert pades.opened(bytes(changed), [one.trusted]).key is None, (place, bit)
            except NotIntact:
                continue


def test_bytes_of_the_signature_count(one: Paper) -> None:
    require_each_counts(one, 13)


@pytest.mark.slow
def test_every_byte_of_the_signature_counts(one: Paper) -> None:
    require_each_counts(one, 1)


def places(data: bytes) -> Iterator[int]:
    """Places all over the file, closer at its end, where the structure stands."""
    yield from range(0, len(data), 701)
    yield from range(len(data) - 1500, len(data), 4)


def test_bytes_outside_the_signature_count(one: Paper) -> None:
    for place in places(one.data):
        changed = bytearray(one.data)
        changed[place] ^= 0x01
        try:
            assert pades.opened(bytes(changed), [one.trusted]).key is None, place
        except NotIntact:
            continue


@pytest.mark.parametrize("tail", [b"\n", b"%", b"%%EOF\n"])
def test_bytes_added_after_its_end_count(one: Paper, tail: bytes) -> None:
    with pytest.raises(NotIntact):
        pades.opened(one.data + tail, [one.trusted])


def test_later_change_that_keeps_the_first_signature_is_refused(one: Paper) -> None:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    writer = IncrementalPdfFileWriter(io.BytesIO(one.data))
    out = io.BytesIO()
    writer.update_root()  # type: ignore[no-untyped-call]
    writer.write(out)  # type: ignore[no-untyped-call]
    assert out.getvalue().startswith(one.data)
    with pytest.raises(NotIntact):
        pades.opened(out.getvalue(), [one.trusted])


def test_pdf_signed_by_its_forger_around_a_true_certificate_is_refused(one: Paper, tmp_path: Path) -> None:
    forger, public = keys.create(tmp_path / "f.json", "Invented Assessors 医院评估")
    forged = pades.signed_pdf(one.plain, forger, NOW, UNTIL)
    assert pades.opened(forged, [one.trusted]).key is None
    both = [one.trusted, *keys.read_trust([public])]
    with pytest.raises(NotIntact, match="carries data signed by"):
        pades.opened(forged, both)


@pytest.mark.parametrize(
    "data", [b"%PDF-", b"%PDF-1.7\n", b"%PDF-1.7 /ByteRange [0 5 9 9]", b"%PDF /ByteRange [0 10 20 11]" + b"0" * 40]
)
def test_pdf_without_a_readable_signature_is_told(one: Paper, data: bytes) -> None:
    with pytest.raises(NotIntact) as told:
        pades.opened(data, [one.trusted])
    assert "\n" not in str(told.value)


def test_unsigned_pdf_is_refused(one: Paper) -> None:
    with pytest.raises(NotIntact, match="0 signatures"):
        pades.opened(one.plain, [one.trusted])


def test_signature_over_less_than_the_whole_is_refused(one: Paper) -> None:
    begin, end = gap(one.data)
    text = re.search(rb"/ByteRange\s*\[[^\]]*\]", one.data)
    assert text
    for other in (f"/ByteRange [0 {begin} {end} {len(one.data) - end - 1}]", f"/ByteRange [1 {begin} {end} 9]"):
        changed = one.data.replace(text[0], other.encode().ljust(len(text[0])), 1)
        with pytest.raises(NotIntact):
            pades.opened(changed, [one.trusted])
