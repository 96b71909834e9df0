"""Column maps: those that ship, and what is refused in one's own."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

from setsail.base.errors import BadInput, UnknownName
from setsail.store.readers.components import KINDS, component
from setsail.store.readers.maps import bind, load_map, shipped_facts, shipped_maps
from tests.store.readers.helpers import map_file

OPENCELLID = "radio,mcc,net,area,cell,unit,lon,lat,range,samples,changeable,created,updated,averageSignal"
GNETTRACK = (
    "Timestamp,Longitude,Latitude,Speed,Operatorname,CellID,NetworkMode,RSRP,RSRQ,SNR,CQI,RSSI,DL_bitrate,UL_bitrate,"
    "State,PINGAVG,PINGMIN,PINGMAX,PINGSTDEV,PINGLOSS,CELLHEX,NODEHEX,LACHEX,RAWCELLID,NRxRSRP,NRxRSRQ"
)
OOKLA = "quadkey,tile,tile_x,tile_y,avg_d_kbps,avg_u_kbps,avg_lat_ms,avg_lat_down_ms,avg_lat_up_ms,tests,devices"
FCC = "h3_res9_id,providerid,brandname,technology,mindown,minup,minsignal,environmnt"


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("opencellid", OPENCELLID),
        ("gnettrack-5g", GNETTRACK),
        ("ookla-mobile-tiles", OOKLA),
        ("ookla-mobile-tiles", "quadkey,tile,avg_d_kbps,avg_u_kbps,avg_lat_ms,tests,devices"),
        ("fcc-bdc-mobile-hexes", FCC),
        ("drive-test-generic", "timestamp,longitude,latitude,rsrp"),
    ],
)
def test_shipped_map_fits_the_published_header(name: str, header: str) -> None:
    declared = load_map(name, shipped_facts(name)["kind"])
    assert bind(declared, header.split(","), "case").sources


@pytest.mark.parametrize("name", shipped_maps())
def test_shipped_map_loads_for_its_kind_and_says_what_it_is(name: str) -> None:
    facts = shipped_facts(name)
    for kind in KINDS if facts["kind"] == "any" else [facts["kind"]]:
        assert load_map(name, kind).component.kind == kind
    assert facts["title"]


@pytest.mark.parametrize("kind", KINDS)
def test_component_names_sources_that_are_listed_and_columns_once(kind: str) -> None:
    found = component(kind)
    text = (files("setsail.standards") / "data" / "sources.csv").read_text(encoding="utf-8")
    listed = {line.split(",")[0] for line in text.splitlines()}
    assert len(set(found.names)) == len(found.names)
    assert {c.source_id for c in found.columns} <= listed
    assert all(c.clause and c.description for c in found.columns)
    assert set(found.key) <= {c.name for c in found.read}


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("kind = ", "is not TOML"),
        ('kind = "towers"', "is 'towers'"),
        ('kind = "cells"', "is a map for cells"),
        ('kind = "sites"\ncolour = 1', "unknown key 'colour'"),
        ('kind = "sites"\n[file]\nencodin = "utf-8"', "unknown key 'encodin'"),
        ('kind = "sites"\n[file]\nencoding = "klingon"', "is 'klingon'"),
        ('kind = "sites"\n[file]\nencoding = "base64"', "is 'base64'"),
        ('kind = "sites"\n[file]\ndelimiter = ";;"', "one sign"),
        ('kind = "sites"\n[file]\ndecimal = "x"', "'.' or ','"),
        ('kind = "sites"\n[file]\nthousands = "."', "decimal sign too"),
        ('kind = "sites"\n[file]\ndatum = "mars"', "is 'mars'"),
        ('kind = "sites"\n[file]\nheader = 0', "column names"),
        ('kind = "sites"\n[file]\nheader = -1', "line number"),
        ('kind = "sites"\n[columns]\ncolour = "x"', "no column 'colour'"),
        ('kind = "sites"\n[columns]\nh3 = "x"', "no column 'h3' to fill"),
        ('kind = "sites"\n[columns]\nlon = 3', "is 3"),
        ('kind = "sites"\n[columns]\nlon = { unit = "deg" }', "'from' and 'constant'"),
        ('kind = "sites"\n[columns]\nlon = { from = "x", unit = "parsec" }', "is 'parsec'"),
        ('kind = "sites"\n[columns]\nname = { from = "x", unit = "m" }', "no unit"),
        ('kind = "sites"\n[columns]\nstatus = { from = "x", values = { 1 = "open" } }', "is 'open'"),
        ('kind = "sites"\n[columns]\nopened_on = { from = "x", format = "julian" }', "is 'julian'"),
        ('kind = "sites"\n[columns]\nlon = { from = "x", format = "unix_s" }', "is no time"),
        ('kind = "measurements"\n[columns]\ntime = { from = "x", timezone = "Moon/Base" }', "is a map for|Moon/Base"),
        ('kind = "sites"\n[columns]\nname = { from = "x", other = "guess" }', "refuse, missing, keep"),
    ],
)
def test_map_with_a_mistake_names_file_and_key(tmp_path: Path, text: str, what: str) -> None:
    path = map_file(tmp_path, text)
    with pytest.raises(BadInput, match=what) as met:
        load_map(path, "sites")
    assert "map.toml" in met.value.where


def test_map_that_is_neither_shipped_nor_a_file_lists_those_that_are() -> None:
    with pytest.raises(UnknownName, match="opencellid"):
        load_map("opencelid", "cells")


def test_optional_rule_may_lack_its_column_and_others_may_not(tmp_path: Path) -> None:
    declared = load_map("drive-test-generic", "measurements")
    assert bind(declared, ["time", "lon", "lat"], "case").unmapped == ()
    with pytest.raises(BadInput, match="lacks column 'lat' or"):
        bind(declared, ["time", "lon"], "case")


def test_country_map_of_opencellid_has_the_rules_of_the_map_with_header() -> None:
    folder = files("setsail.standards") / "data" / "maps"
    both = [
        tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8"))
        for name in ("opencellid", "opencellid-country")
    ]
    assert both[0]["columns"] == both[1]["columns"]
    assert both[1]["file"]["columns"] == OPENCELLID.split(",")
