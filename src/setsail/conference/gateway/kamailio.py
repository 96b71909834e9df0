"""The registrar: Kamailio with a configuration of our own, in front of the gateway.

It knows the accounts of the rollout and no other, asks each REGISTER and INVITE for its password, lets nothing through
but calls to the room, and holds nothing on disk but its configuration.
Source: Kamailio 5.6, core cookbook and the modules loaded below.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

from setsail.base.errors import BadInput
from setsail.base.writing import write_private
from setsail.conference.server import process
from setsail.conference.server.find import Program
from setsail.conference.server.place import LOOPBACK, in_url
from setsail.conference.server.sip import SipSettings
from setsail.rollout.provision import certificates

FILE = "kamailio.cfg"
MODULES = ("tm", "sl", "rr", "pv", "maxfwd", "textops", "siputils", "sanity", "usrloc", "registrar", "auth", "htable",
           "nathelper", "pike", "xlog", "corex")  # fmt: skip
SHARED_MB, PRIVATE_MB = 32, 8
SHORTEST_S, LONGEST_S, USUAL_S = 30, 3600, 300
BURST = 200
"""Requests of one address in two seconds, after which it is not answered for a while."""


def write_configuration(program: Program, settings: SipSettings, room: int) -> list[str]:
    """The command that starts Kamailio, with its configuration written into the private folder. Raises BadInput.

    What a killed one left of its processes is ended first: they would hold the ports.
    """
    folder = settings.folder
    sweep(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        (folder / "run").mkdir(exist_ok=True)
        write_private(folder / FILE, text(settings, room))
    except OSError as err:
        raise BadInput(f"cannot be written: {err.strerror or err}", where=str(folder)) from err
    return [str(program.path), "-DD", "-E", "-f", str(folder / FILE), "-Y", str(folder / "run"), "-w", str(folder),
            "-m", str(SHARED_MB), "-M", str(PRIVATE_MB)]  # fmt: skip


def sweep(folder: Path) -> int:
    """Ends processes that run with the configuration of this folder; how many. They are known by its whole path."""
    ours, ended = os.fsencode(folder / FILE), 0
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if ours in words and b"kamailio" in words[0]:
            found = process.running(int(entry.name))
            ended += found is not None and found.signal(signal.SIGKILL)
    return ended


def text(settings: SipSettings, room: int) -> str:
    """The configuration."""
    s = settings
    listening = [f"{kind}:{in_url(a)}:{s.port}" for a in s.addresses for kind in ("udp", "tcp")]
    listening += [f"tls:{in_url(a)}:{s.tls_port}" for a in s.addresses if s.tls_port]
    listening.append(f"udp:{LOOPBACK}:{s.inner_port}")
    domains = " || ".join(f'$rd=="{d}"' for d in (s.domain, *(in_url(a) for a in s.addresses)))
    secure = "yes" if s.tls_port else "no"
    return "\n".join([
        "#!KAMAILIO", "# Written by setsail at each start.",
        "debug=0", "log_stderror=yes", "fork=yes", "children=2", "tcp_children=2", f"enable_tls={secure}",
        "auto_aliases=no", 'server_header="Server: setsail"', 'user_agent_header="User-Agent: setsail"',
        "tcp_connection_lifetime=3605", "tcp_accept_no_cl=no",
        "pv_cache_limit=2048", *(f"listen={one}" for one in listening),
        *(f'loadmodule "{one}.so"' for one in (*MODULES, *(["tls"] if s.tls_port else []))),
        *(_tls(s) if s.tls_port else []),
        'modparam("usrloc", "db_mode", 0)',
        f'modparam("registrar", "default_expires", {USUAL_S})',
        f'modparam("registrar", "min_expires", {SHORTEST_S})', f'modparam("registrar", "max_expires", {LONGEST_S})',
        'modparam("registrar", "max_contacts", 4)', 'modparam("registrar", "append_branches", 0)',
        'modparam("registrar|nathelper", "received_avp", "$avp(received)")',
        'modparam("rr", "enable_full_lr", 1)',
        'modparam("tm", "fr_timer", 5000)', 'modparam("tm", "fr_inv_timer", 30000)',
        'modparam("htable", "htable", "accounts=>size=10;")',
        'modparam("auth", "nonce_expire", 300)',
        'modparam("pike", "sampling_time_unit", 2)', f'modparam("pike", "reqs_density_per_unit", {BURST})',
        'modparam("pike", "remove_latency", 4)',
        "event_route[htable:mod-init] {",
        *(f'\t$sht(accounts=>{one.user}) = "{one.ha1}";' for one in s.accounts),
        "}",
        ROUTES.replace("@REALM@", s.domain).replace("@DOMAINS@", domains).replace("@ROOM@", str(room))
        .replace("@INNER@", f"{LOOPBACK}:{s.inner_port}").replace("@PORT@", str(s.inner_port))
        .replace("@GATEWAY@", f"{LOOPBACK}:{s.gateway_port}").replace("@GATEPORT@", str(s.gateway_port)),
    ])  # fmt: skip


def _tls(settings: SipSettings) -> list[str]:
    """TLS from 1.2 on, with our certificate; terminals show none, they have a password."""
    file = certificates.server_file(settings.rollout_dir)
    told = {"tls_method": "TLSv1.2+", "certificate": file, "private_key": file}
    return [*(f'modparam("tls", "{name}", "{value}")' for name, value in told.items()),
            'modparam("tls", "verify_certificate", 0)', 'modparam("tls", "require_certificate", 0)']  # fmt: skip


ROUTES = r"""
request_route {
	# the gateway itself: what it ends, it ends within a call
	if ($Rp==@PORT@) {
		if ($si!="127.0.0.1" || $sp!=@GATEPORT@) {
			if (is_method("OPTIONS")) { sl_send_reply("200", "OK"); }
			exit;
		}
		if (!has_totag() || !loose_route()) { sl_send_reply("403", "Not within a call"); exit; }
		handle_ruri_alias();
		t_relay();
		exit;
	}
	if (!pike_check_req()) { exit; }
	if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }
	if (!sanity_check("1511", "7")) { exit; }
	if (is_method("OPTIONS") && !has_totag()) { sl_send_reply("200", "OK"); exit; }
	force_rport();
	remove_hf_re("^X-SetSail-.*");

	if (is_method("CANCEL")) {
		if (t_check_trans()) { $fs = "udp:@INNER@"; t_relay(); }
		exit;
	}
	if (has_totag()) { route(WITHIN); exit; }
	if (is_method("ACK")) { exit; }
	if (is_method("REGISTER")) { route(REGISTER); exit; }
	if (!is_method("INVITE")) { sl_send_reply("405", "Method Not Allowed"); exit; }

	t_check_trans();
	# one that is not known is not told which rooms there are
	if (!pv_proxy_authenticate("@REALM@", "$sht(accounts=>$au)", "1")) {
		proxy_challenge("@REALM@", "1");
		exit;
	}
	if ($au!=$fU) { sl_send_reply("403", "From is another one"); exit; }
	consume_credentials();
	if (!(@DOMAINS@) || $rU!="@ROOM@") { sl_send_reply("404", "No such room"); exit; }
	remove_hf("Route");
	append_hf("X-SetSail-User: $au\r\n");
	append_hf("X-SetSail-Address: $Ri\r\n");
	append_hf("X-SetSail-Source: $si\r\n");
	set_contact_alias();
	record_route();
	$ru = "sip:@ROOM@@@GATEWAY@";
	$fs = "udp:@INNER@";
	t_on_failure("GATEWAY");
	if (!t_relay()) { sl_reply_error(); }
	exit;
}

route[REGISTER] {
	if (!(@DOMAINS@)) { sl_send_reply("403", "Not of this registrar"); exit; }
	if (!pv_www_authenticate("@REALM@", "$sht(accounts=>$au)", "1")) {
		www_challenge("@REALM@", "1");
		exit;
	}
	if ($au!=$tU || $au!=$fU) { sl_send_reply("403", "Another account"); exit; }
	fix_nated_register();
	if (!save("location")) { sl_reply_error(); }
	exit;
}

route[WITHIN] {
	if (loose_route()) {
		# within a call there is one place to go: the gateway
		if (!($du=="" && $rd=="127.0.0.1" && $rp==@GATEPORT@)) {
			if (!is_method("ACK")) { sl_send_reply("403", "Only to the room"); }
			exit;
		}
		$fs = "udp:@INNER@";
		if (is_method("INVITE|UPDATE")) { set_contact_alias(); record_route(); }
		t_relay();
		exit;
	}
	if (is_method("ACK")) {
		if (t_check_trans()) { t_relay(); }
		exit;
	}
	sl_send_reply("404", "No such call");
	exit;
}

failure_route[GATEWAY] {
	if (t_is_canceled()) { exit; }
	if (t_check_status("408") && !t_branch_replied()) { t_reply("503", "The gateway does not answer"); }
}
"""
