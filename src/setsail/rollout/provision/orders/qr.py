"""The two codes on a work order: what to load and report, and where to go."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

from setsail.base.extras import require

HASH_SIGNS = 16
"""Hexadecimal signs of the configuration's hash: 64 bits tell one configuration from another."""


def report_text(config: Mapping[str, Any], sha256: str) -> str:
    """Compact JSON: version, rollout, site, hash of the configuration, address to report to. ASCII, for any reader."""
    said = {
        "v": 1, "r": config["rollout"]["rollout"], "s": config["site"]["site"], "c": sha256[:HASH_SIGNS],
        "u": config["server"]["report"],
    }  # fmt: skip
    return json.dumps(said, ensure_ascii=True, separators=(",", ":"))


def place_text(latitude_deg: float, longitude_deg: float) -> str:
    """A `geo:` URI that a telephone opens as a map. Source: RFC 5870 cl. 3.3 (WGS 84, latitude first)."""
    return f"geo:{latitude_deg:.6f},{longitude_deg:.6f}"


def svg(text: str) -> str:
    """The code of a text, error correction M (15 %), with the quiet zone of four modules, as SVG."""
    out = io.BytesIO()
    code(text).save(out, kind="svg", border=4, xmldecl=False, svgns=True, dark="#000", light="#fff", omitsize=True)
    return out.getvalue().decode("utf-8")


def code(text: str) -> Any:  # noqa: ANN401 - segno has no types
    """The code of a text. Raises MissingExtra."""
    return require("segno", "rollout").make(text, error="m", micro=False, boost_error=False)
