"""The JSON document of a network: versioned, strict, the same network both ways, and as its schema says."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from setsail.base.errors import BadInput, DuplicateKey, SetSailError, UnknownName
from setsail.design.network import json_file
from setsail.design.network.columns import columns
from tests.design.network.networks import small


def edited(*path: str | int, value: Any) -> str:
    """The document of the small network with one value replaced."""
    document = json.loads(json_file.text(small()))
    place = document
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return json.dumps(document)


def test_document_read_again_is_the_network() -> None:
    assert json_file.network_of(json_file.text(small()), "x") == small()


def test_shipped_schema_is_made_from_the_columns() -> None:
    shipped = (files("setsail.design.network") / "data" / "network.schema.json").read_text(encoding="utf-8")
    assert json.loads(shipped) == json_file.schema()


def test_document_has_exactly_the_keys_of_the_schema() -> None:
    document, schema = json_file.document(small()), json_file.schema()
    assert set(document) == set(schema["properties"])
    own = schema["properties"]["network"]["properties"]
    assert set(document["network"]) == set(own)
    for name in ("carriers", "heads", "flows", "shares"):
        assert set(document["network"][name][0]) == set(own[name]["items"]["properties"])


@pytest.mark.parametrize(
    ("content", "error", "told"),
    [
        (edited("network", "flows", 1, "fiveqi", value=300), UnknownName, r"flows\[1\] \(f2\) fiveqi: is 5QI 300"),
        (edited("network", "carriers", 0, "band", value="n777"), UnknownName, "is band 'n777'"),
        (edited("network", "carriers", 0, "colour", value=1), BadInput, "unknown key 'colour'"),
        (edited("network", "colour", value=1), BadInput, "unknown key 'colour'"),
        (edited("colour", value=1), BadInput, "unknown key 'colour'"),
        (edited("version", value=2), BadInput, "version: is 2; allowed: 1"),
        (edited("version", value=True), BadInput, "version: is True"),
        (edited("format", value="other"), BadInput, "allowed: setsail-network"),
        (edited("network", "heads", value={}), BadInput, "heads: is dict; allowed: a list"),
        (edited("network", "heads", 0, value=3), BadInput, r"heads\[0\]: is 3"),
        (edited("network", "heads", 0, "x_m", value="1"), BadInput, "a finite number"),
        (edited("network", "heads", 0, "x_m", value=True), BadInput, "a finite number"),
        (edited("network", "heads", 0, "ports", value=1.5), BadInput, "a whole number"),
        (edited("network", "flows", 0, "slice", value="x"), UnknownName, "is 'x'; allowed: control"),
        (edited("network", "site", value=""), BadInput, "network.site: is empty"),
        (edited("network", "site", value="#1"), BadInput, "does not begin with #"),
        (edited("network", "site", value="a\nb"), BadInput, "one printable line"),
        (edited("network", "notes", value=[1]), BadInput, "a list of texts"),
        (edited("network", "settings", value={"a": [1]}), BadInput, "settings a: is"),
        ("[]", BadInput, "an object with format"),
        ("{", BadInput, "is not JSON"),
        ('{"a": NaN}', BadInput, "is not JSON"),
        ("[" * 100_000, BadInput, "is not JSON"),
        ('{"format": "a", "format": "b"}', DuplicateKey, "'format' twice"),
    ],
)  # fmt: skip
def test_document_that_is_not_right_is_refused_by_name(content: str, error: type[SetSailError], told: str) -> None:
    with pytest.raises(error, match=told):
        json_file.network_of(content, "net.json")


def test_key_left_out_takes_its_default() -> None:
    document = json_file.document(small())
    for flow in document["network"]["flows"]:
        del flow["arp"]
    assert [f.arp for f in json_file.network_of(json.dumps(document), "x").flows] == [8, 8]


def test_required_key_left_out_is_told() -> None:
    document = json_file.document(small())
    del document["network"]["heads"][0]["cell"]
    with pytest.raises(BadInput, match=r"heads\[0\] \(h1\) cell: is missing"):
        json_file.network_of(json.dumps(document), "x")


def test_reference_page_tells_every_key() -> None:
    page = (Path(__file__).parents[3] / "docs" / "reference" / "network-json.md").read_text(encoding="utf-8")
    for component, known in columns().items():
        assert f"### {component}\n" in page
        section = page.split(f"### {component}\n")[1].split("\n### ")[0]
        for column in known:
            assert re.search(rf"^\| {column.column} \|.*\| {re.escape(column.description)} \|$", section, re.MULTILINE)
