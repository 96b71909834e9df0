"""The files of a report: its pages, and the same judgement as OSCAL assessment results."""

from __future__ import annotations

import json
from datetime import datetime

from setsail.conformance.oscal import assessment_results
from setsail.conformance.report import attestation, content
from setsail.conformance.report.inputs import Inputs
from setsail.conformance.report.typeset import fonts_for, pdf
from setsail.conformance.report.words import words_of


def report_pdf(inputs: Inputs, language: str) -> bytes:
    """The report as PDF. Raises UnknownName, MissingExtra."""
    return pdf("report", content.content(inputs, words_of(language), fonts_for(language)), inputs.made)


def report_json(inputs: Inputs) -> str:
    """The judgement in the shape of OSCAL assessment results, as JSON text."""
    name = inputs.site.name or inputs.site.site
    document = assessment_results(inputs.judged, inputs.files, inputs.made, inputs.software, name=name)
    return json.dumps(document, ensure_ascii=False, allow_nan=False) + "\n"


def attestation_pdf(signed: bytes, body: dict[str, object], language: str, issued: datetime) -> bytes:
    """The pages of a certificate or of an owner's report, with the signed file attached."""
    return pdf("certificate", attestation.content(body, words_of(language)), issued, attachment=signed)
