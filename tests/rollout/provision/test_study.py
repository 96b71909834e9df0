"""From a rollout to files: every site, every family, nothing half-written, no secret where it does not belong."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from setsail.base.errors import BadInput, OutOfRange, StoreConflict, UnknownName
from setsail.rollout.model import CallOrder, Rollout
from setsail.rollout.provision import options, study
from setsail.rollout.provision.config import digest, public, qos, site_configs
from setsail.rollout.provision.secrets import Secrets, completed, sip_ha1
from tests.rollout.provision.small import NOW, counted_bytes, rollout, with_name

NASTY = "A\"B'C<x>&;#\\{{ 7*7 }} shutdown"


def _secrets(one: Rollout, seed: str = "a") -> Secrets:
    return completed(one, counted_bytes(seed))


def _made(one: Rollout, tmp_path: Path, own: Path | None = None) -> study.Provisioned:
    return study.provisioned(one, options.read(tmp_path), _secrets(one), NOW, own_templates=own)


def test_every_site_gets_a_file_of_every_family_and_the_index_names_them(tmp_path: Path) -> None:
    made = _made(rollout(call=CallOrder(turn=True)), tmp_path)
    for site in ("S1", "S2", "S3"):
        for name in (
            "site.json", "terminal/baresip/accounts", "terminal/yealink/terminal.cfg", "terminal/polycom/terminal.xml",
            "cpe/openwrt/network", "cpe/openwrt/mwan3", "cpe/openwrt/qos.nft", "cpe/openwrt/slice.json",
            "switch/cisco-ios/switch.cfg", "switch/huawei-vrp/switch.cfg", "h323/generic/h323.txt",
        ):  # fmt: skip
            assert f"sites/{site}/{name}" in made.files
    assert {"server/room.json", "server/sip_accounts.csv", "server/turnserver.conf"} <= set(made.files)
    assert sorted(made.index["files"]) == sorted(set(made.files) - {study.INDEX})


def test_same_inputs_give_the_same_files(tmp_path: Path) -> None:
    assert _made(rollout(), tmp_path) == _made(rollout(), tmp_path)


def test_index_and_public_form_hold_no_secret(tmp_path: Path) -> None:
    one = rollout(call=CallOrder(turn=True))
    kept, made = _secrets(one), _made(one, tmp_path)
    shown = made.files[study.INDEX] + json.dumps(
        [public(c.values) for c in site_configs(one, options.read(tmp_path), kept, NOW)]
    )
    words = [kept.pin, kept.room_secret, kept.admin_secret, kept.turn_secret]
    words += [w for s in kept.sites.values() for w in (s.sip_password, s.device_password)]
    assert not [w for w in words if w in shown]


def test_hash_of_a_site_is_the_same_for_other_secrets_and_another_day(tmp_path: Path) -> None:
    one, chosen = rollout(call=CallOrder(turn=True)), options.read(tmp_path)
    first = site_configs(one, chosen, _secrets(one, "a"), NOW)
    second = site_configs(one, chosen, _secrets(one, "b"), NOW + timedelta(days=40))
    assert [c.sha256 for c in first] == [c.sha256 for c in second]
    assert first[0].values != second[0].values
    other = site_configs(replace(one, call=replace(one.call, receive=9)), chosen, _secrets(one), NOW)
    assert other[0].sha256 != first[0].sha256
    assert first[0].sha256 == digest(first[0].values)


def test_turn_credential_outlasts_the_deadline_or_the_day_of_making(tmp_path: Path) -> None:
    one, chosen = rollout(call=CallOrder(turn=True)), options.read(tmp_path)
    late = datetime(2031, 1, 1, tzinfo=UTC)
    for now, begin in ((NOW, one.deadline), (late, late)):
        made = site_configs(one, chosen, _secrets(one), now)[0].values["turn"]
        assert made["until"] == (begin + timedelta(hours=24)).isoformat()
    assert site_configs(rollout(), chosen, _secrets(one), NOW)[0].values["turn"] is None


def test_marking_is_that_of_rfc_4594() -> None:
    found = {m: (q["dscp_name"], q["dscp"]) for m, q in qos().items()}
    assert found["audio"] == ("EF", 46)
    assert found["video"] == ("AF41", 34)
    assert found["signalling"] == ("CS5", 40)
    assert {m: q["fiveqi"] for m, q in qos().items()} == {
        "audio": 1, "video": 2, "signalling": 5, "management": 9, "other": 9,
    }  # fmt: skip


def test_name_with_signs_of_every_format_breaks_no_file(tmp_path: Path) -> None:
    made = _made(with_name(rollout(), NASTY), tmp_path)
    home = "sites/S1"
    tree = ET.fromstring(made.files[f"{home}/terminal/polycom/terminal.xml"])
    register = tree.find("reg")
    assert register is not None
    assert register.attrib["reg.1.displayName"] == NASTY
    assert json.loads(made.files[f"{home}/site.json"])["site"]["name"] == NASTY
    assert json.loads(made.files[f"{home}/cpe/openwrt/slice.json"])["site"] == "S1"
    plain = _made(rollout(), tmp_path)
    for name, text in made.files.items():
        assert "49" not in text.split("{{ 7*7 }}")[0][-3:]
        if not name.endswith("json"):
            assert text.count("\n") == plain.files[name].count("\n")
    account = made.files[f"{home}/terminal/baresip/accounts"]
    assert account.count("<") == account.count(">") == 1
    assert account.count(";") == plain.files[f"{home}/terminal/baresip/accounts"].count(";")


def test_line_ends_in_a_name_end_no_line(tmp_path: Path) -> None:
    made = _made(with_name(rollout(), "X\nno mls qos\r\n\u2028shutdown"), tmp_path)
    plain = _made(rollout(), tmp_path)
    for name in ("switch/cisco-ios/switch.cfg", "terminal/yealink/terminal.cfg", "cpe/openwrt/network"):
        assert made.files[f"sites/S1/{name}"].count("\n") == plain.files[f"sites/S1/{name}"].count("\n")
        assert "\nno mls qos\n" not in made.files[f"sites/S1/{name}"].split("description people")[0]


def test_accounts_of_the_registrar_hold_hashes_that_fit_the_terminals(tmp_path: Path) -> None:
    one = rollout()
    kept, made = _secrets(one), _made(one, tmp_path)
    rows = list(csv.DictReader(io.StringIO(made.files["server/sip_accounts.csv"])))
    assert [r["user"] for r in rows] == ["s1", "s2", "s3"]
    assert rows[0]["ha1"] == sip_ha1("s1", "sip.conference.example", kept.sites["S1"].sip_password)
    assert not [s for s in kept.sites.values() if s.sip_password in made.files["server/sip_accounts.csv"]]


def test_router_marks_sound_and_pictures_by_ports_and_tries_the_ways_in_order(tmp_path: Path) -> None:
    (tmp_path / "provision.toml").write_text('[network]\nbackup = ["wired", "lte"]\n')
    made = _made(rollout(), tmp_path)
    text = made.files["sites/S1/cpe/openwrt/qos.nft"]
    assert "ipv4 udp sport 16384-16399 ip dscp set 46" in text
    assert "ipv6 udp dport 16400-16431 ip6 dscp set 34" in text
    order = [
        line.split("'")[1] for line in made.files["sites/S1/cpe/openwrt/mwan3"].splitlines() if "use_member" in line
    ]
    assert order == ["wan5g_m1", "wan_wired_m2", "wan_lte_m3"]


def test_rules_of_the_router_are_read_by_nft(tmp_path: Path) -> None:
    nft = shutil.which("nft")
    if not nft:
        pytest.skip("nft is not installed")
    file = tmp_path / "qos.nft"
    file.write_text(_made(rollout(), tmp_path).files["sites/S1/cpe/openwrt/qos.nft"])
    done = subprocess.run([nft, "-c", "-f", str(file)], capture_output=True, text=True, check=False)
    if "Operation not permitted" in done.stderr:
        pytest.skip("nft may not be asked here")
    assert done.returncode == 0, done.stderr


def test_account_is_made_by_baresip(tmp_path: Path) -> None:
    baresip = shutil.which("baresip")
    if not baresip or not Path("/usr/lib/baresip/modules").is_dir():
        pytest.skip("baresip is not installed")
    made = _made(rollout(), tmp_path)
    for name in ("accounts", "config", "contacts"):
        (tmp_path / name).write_text(made.files[f"sites/S1/terminal/baresip/{name}"])
    done = subprocess.run(
        [baresip, "-f", str(tmp_path), "-t", "1"], capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path
    )
    said = done.stdout + done.stderr
    assert "Populated 1 account" in said
    assert "Populated 1 contact" in said


def test_h323_file_says_that_no_call_is_set_up(tmp_path: Path) -> None:
    text = _made(rollout(), tmp_path).files["sites/S2/h323/generic/h323.txt"]
    assert "CONFIGURATION ONLY" in text
    assert "h323.e164 = 8620202000002" in text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[network]\nsd = '12345G'\n", r"\[network\] sd: is '12345G'"),
        ("[network]\nsst = 256\n", "0 to 255"),
        ("[network]\nvideo_vlan = 4095\n", "1 to 4094"),
        ("[network]\nlan = '10.0.0.0/31'\n", "lan"),
        ("[network]\nbackup = 'lte'\n", "a list of texts"),
        ("[server]\naddress = 'somewhere'\n", "IPv4 or IPv6"),
        ("[server]\npage = 'ftp://x'\n", "http"),
        ("[sip]\ntransport = 'sctp'\n", "udp, tcp, tls"),
        ("[sip]\nport = 0\n", "1 to 65535"),
        ("[media]\naudio_to = 16400\n", "share ports"),
        ("[turn]\nhours = 0\n", "above 0"),
        ("[families]\nterminal = ['nobody']\n", "baresip"),
        ("[familys]\n", "unknown key 'familys'"),
        ("[sip\n", "TOML"),
    ],
)
def test_option_that_cannot_be_is_refused_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "provision.toml").write_text(text)
    with pytest.raises(BadInput, match=told):
        _made(rollout(), tmp_path)


@pytest.mark.parametrize(("key", "value"), [("sst", 0), ("sst", 255), ("data_vlan", 1), ("data_vlan", 4094)])
def test_options_at_their_limits_are_taken(tmp_path: Path, key: str, value: int) -> None:
    (tmp_path / "provision.toml").write_text(f"[network]\n{key} = {value}\n")
    assert getattr(options.read(tmp_path).network, key) == value


def test_format_of_a_usual_width_is_taken(tmp_path: Path) -> None:
    _family(tmp_path / "own/switch/cisco-ios", "{{ '%04d'|format(7) }} {{ 'x'|center(5) }}| {{ 7 % 4 }}\n")
    assert _made(rollout(), tmp_path, tmp_path / "own").files["sites/S2/switch/cisco-ios/mine.txt"] == "0007   x  | 3\n"


def test_own_family_goes_before_the_shipped_one(tmp_path: Path) -> None:
    _family(tmp_path / "own/switch/cisco-ios", "{{ site.site }} in VLAN {{ network.video_vlan }}\n")
    made = _made(rollout(), tmp_path, tmp_path / "own")
    assert made.files["sites/S2/switch/cisco-ios/mine.txt"] == "S2 in VLAN 120\n"
    assert "sites/S2/switch/huawei-vrp/switch.cfg" in made.files


@pytest.mark.parametrize(
    ("template", "told"),
    [
        ("{{ site.nme }}", "nme"),
        ("{{ nothing }}", "nothing"),
        ("{% for x in %}", "no template"),
        ("{{ ''.__class__.__mro__ }}", "cannot be filled in"),
        ("{{ cycler.__init__.__globals__ }}", "cannot be filled in"),
        ("{{ 'a' * 100000000 }}", "too large"),
        ("{{ 9 ** 999999 }}", "too large"),
        ("{{ '%999999999d'|format(1) }}", "too large"),
        ("{{ '%*d'|format(999999999, 1) }}", "too large"),
        ("{{ '%999999999d' % 1 }}", "too large"),
        ("{{ 'x'|center(999999999) }}", "too large"),
        ("{{ 'x'|indent(width=999999999, first=true) }}", "too large"),
        ("{{ '{:>999999999}'.format(1) }}", "unsafe"),
        ("{{ 'x'.ljust(999999999) }}", "unsafe"),
        ("{% for i in range(100000) %}{{ 'x' * 100 }}{% endfor %}", "more than"),
        ("{% include '../secrets.toml' %}", "cannot be filled in"),
        ("{{ 1 / 0 }}", "ZeroDivisionError"),
    ],
)
def test_template_that_lacks_a_value_or_reaches_too_far_is_refused(tmp_path: Path, template: str, told: str) -> None:
    (tmp_path / "own/switch/secrets.toml").parent.mkdir(parents=True)
    (tmp_path / "own/switch/secrets.toml").write_text("hidden")
    _family(tmp_path / "own/switch/cisco-ios", template)
    with pytest.raises(BadInput, match=told):
        _made(rollout(), tmp_path, tmp_path / "own")


@pytest.mark.parametrize(
    ("family", "told"),
    [
        ("kind = 'cpe'\n[[files]]\nname='a'\ntemplate='mine.j2'\nformat='text'\n", "kind"),
        ("[[files]]\nname='../a'\ntemplate='mine.j2'\nformat='text'\n", "without folders"),
        ("[[files]]\nname='a'\ntemplate='../mine.j2'\nformat='text'\n", "without folders"),
        ("[[files]]\nname='a'\ntemplate='gone.j2'\nformat='text'\n", "does not exist"),
        ("[[files]]\nname='a'\ntemplate='mine.j2'\nformat='html'\n", "line, command"),
        ("kind = 'switch'\n", "names no file"),
        ("tested = 'yes'\n", "unknown key"),
    ],
)
def test_family_that_is_not_as_it_should_be_is_refused(tmp_path: Path, family: str, told: str) -> None:
    _family(tmp_path / "own/switch/cisco-ios", "x")
    (tmp_path / "own/switch/cisco-ios/family.toml").write_text(family)
    with pytest.raises(BadInput, match=told):
        _made(rollout(), tmp_path, tmp_path / "own")


def _family(folder: Path, template: str) -> None:
    folder.mkdir(parents=True)
    (folder / "family.toml").write_text("[[files]]\nname = 'mine.txt'\ntemplate = 'mine.j2'\nformat = 'text'\n")
    (folder / "mine.j2").write_text(template)


def test_files_are_for_their_owner_alone_and_the_index_for_all(tmp_path: Path) -> None:
    made = _made(rollout(), tmp_path)
    study.write(lambda: made, tmp_path / "config")
    for name, text in made.files.items():
        file = tmp_path / "config" / name
        assert file.read_text(encoding="utf-8") == text
        assert file.stat().st_mode & 0o777 == (0o644 if name == study.INDEX else 0o600)


def test_provisioning_replaces_only_an_older_one_and_only_when_asked(tmp_path: Path) -> None:
    made = _made(rollout(), tmp_path)
    folder = tmp_path / "config"
    study.write(lambda: made, folder)
    (folder / "notes.txt").write_text("mine")
    with pytest.raises(StoreConflict, match="--replace"):
        study.write(lambda: made, folder)
    fewer = _made(rollout(2), tmp_path)
    study.write(lambda: fewer, folder, replace=True)
    assert not (folder / "sites/S3").exists()
    assert (folder / "notes.txt").read_text() == "mine"
    (tmp_path / "other").mkdir()
    (tmp_path / "other/file").write_text("x")
    with pytest.raises(StoreConflict, match=study.INDEX):
        study.write(lambda: made, tmp_path / "other", replace=True)


def test_fault_while_files_are_made_leaves_the_folder_as_it_was(tmp_path: Path) -> None:
    made, folder = _made(rollout(), tmp_path), tmp_path / "config"
    study.write(lambda: made, folder)

    def broken() -> study.Provisioned:
        raise BadInput("is bad", where="template")

    with pytest.raises(BadInput):
        study.write(broken, folder, replace=True)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["config"]
    assert (folder / "sites/S3/site.json").exists()


def test_more_sites_than_a_block_of_networks_holds_take_the_next(tmp_path: Path) -> None:
    one = rollout(255)
    found = site_configs(one, options.read(tmp_path), _secrets(one), NOW)
    lans = [c.values["network"]["lan"] for c in found]
    assert (lans[0], lans[253], lans[254]) == ("10.64.1.0/24", "10.64.254.0/24", "10.65.1.0/24")
    assert len(set(lans)) == 255


def test_networks_that_run_out_are_told(tmp_path: Path) -> None:
    (tmp_path / "provision.toml").write_text("[network]\nlan_block = 255\n")
    one = rollout(255)
    with pytest.raises(BadInput, match="site number 255"):
        site_configs(one, options.read(tmp_path), _secrets(one), NOW)


def test_site_that_no_folder_can_be_named_after_is_refused(tmp_path: Path) -> None:
    one = replace(rollout(1), sites=(replace(rollout(1).sites[0], site="../S1"),))
    with pytest.raises(OutOfRange, match="letters, digits"):
        _made(one, tmp_path)


def test_family_of_a_name_with_folders_is_unknown(tmp_path: Path) -> None:
    (tmp_path / "provision.toml").write_text("[families]\nswitch = ['../turn/coturn']\n")
    with pytest.raises(UnknownName, match="cisco-ios"):
        _made(rollout(), tmp_path)
