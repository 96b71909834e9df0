"""Who somebody is, by the word of an OpenID provider: code flow with PKCE, state, nonce and a verified ID token.

Source: OpenID Connect Core 1.0 (with errata 2), clauses 3.1.2, 3.1.3 and 9; Discovery 1.0, clause 4; RFC 7636 (PKCE);
RFC 9207 (issuer in the answer).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

from setsail.base.errors import BadInput
from setsail.base.extras import require
from setsail.web.settings import Oidc

EXTRA = "oidc"
ALGORITHMS = ("RS256", "ES256", "EdDSA", "Ed25519")
"""All with a public key; one with a shared key could be signed by whoever reads the provider's public keys."""
KEY_TYPES = frozenset({"RSA", "EC", "OKP"})
LEEWAY_S = 60.0
"""Clocks of two servers may differ by that much."""
FLOW_S = 600
"""A person has that long at the provider."""
KEPT = timedelta(hours=1)
TIMEOUT_S = 5.0
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
VARIABLES = ("SETSAIL_OIDC_ISSUER", "SETSAIL_OIDC_CLIENT_ID", "SETSAIL_OIDC_CLIENT_SECRET")
MOST_USED = 20_000


class NotProved(Exception):
    """The provider's word is missing or does not hold; the text goes to the log, not to who asks."""


class Unreachable(Exception):
    """The provider does not answer, or not as one."""


@dataclass(frozen=True, slots=True)
class Flow:
    """What is remembered of a sign-in while the person is at the provider."""

    state: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))


@dataclass(slots=True)
class Flows:
    """States that came back once already, and the provider's description: they live as long as the server."""

    used: OrderedDict[str, None] = field(default_factory=OrderedDict)
    description: tuple[datetime, Mapping[str, Any]] | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def use(self, state: str) -> bool:
        """Whether this state comes back for the first time."""
        with self.lock:
            if state in self.used:
                return False
            self.used[state] = None
            while len(self.used) > MOST_USED:
                self.used.popitem(last=False)
            return True


def of_environment(given: Mapping[str, str]) -> Oidc | None:
    """The provider that the environment names, if it names one. Raises BadInput, MissingExtra."""
    issuer, client_id, secret = (given.get(name, "").strip() for name in VARIABLES)
    if not issuer and not client_id:
        return None
    for name, value in zip(VARIABLES[:2], (issuer, client_id), strict=True):
        if not value:
            raise BadInput("is missing", where=name, hint=f"set {VARIABLES[0]} and {VARIABLES[1]}, or neither")
    if not _safe(issuer) or urlsplit(issuer).query or urlsplit(issuer).fragment:
        raise BadInput(f"is {issuer[:80]!r}", where=VARIABLES[0], allowed="https://…; http:// on loopback only")
    for module in ("httpx", "joserfc"):
        require(module, EXTRA)
    return Oidc(issuer, client_id, secret)


def described(of: Oidc, flows: Flows, now: datetime) -> Mapping[str, Any]:
    """What the provider says of itself, asked for once an hour. Raises Unreachable."""
    kept = flows.description
    if kept and timedelta(0) <= now - kept[0] < KEPT:
        return kept[1]
    found = _asked("GET", f"{of.issuer.rstrip('/')}/.well-known/openid-configuration")
    if found.get("issuer") != of.issuer:
        raise Unreachable(f"describes itself as another issuer: {str(found.get('issuer'))[:80]!r}")
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        if not isinstance(found.get(name), str) or not _safe(found[name]):
            raise Unreachable(f"has no safe {name}")
    flows.description = now, found
    return found


def address(of: Oidc, description: Mapping[str, Any], flow: Flow, redirect_uri: str) -> str:
    """Where a person is sent to."""
    challenge = base64.urlsafe_b64encode(hashlib.sha256(flow.verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {
        "response_type": "code", "client_id": of.client_id, "redirect_uri": redirect_uri,
        "scope": "openid profile email", "state": flow.state, "nonce": flow.nonce,
        "code_challenge": challenge, "code_challenge_method": "S256",
    }  # fmt: skip
    endpoint = str(description["authorization_endpoint"])
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}"


def claims_of(
    of: Oidc, description: Mapping[str, Any], flow: Flow, code: str, *, redirect_uri: str, now: datetime
) -> Mapping[str, Any]:
    """The verified claims that a code stands for. Raises NotProved, Unreachable."""
    form = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri, "code_verifier": flow.verifier,
    }  # fmt: skip
    auth = None
    methods = description.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    if of.client_secret and "client_secret_basic" in methods:
        auth = quote_plus(of.client_id), quote_plus(of.client_secret)
    else:
        form |= {"client_id": of.client_id} | ({"client_secret": of.client_secret} if of.client_secret else {})
    token = _asked("POST", str(description["token_endpoint"]), data=form, auth=auth).get("id_token")
    if not isinstance(token, str):
        raise NotProved("no ID token came for the code")
    keys = _asked("GET", str(description["jwks_uri"])).get("keys")
    claims = _signed(token, keys if isinstance(keys, list) else [])
    check(claims, of, flow.nonce, now)
    return claims


def check(claims: Mapping[str, Any], of: Oidc, nonce: str, now: datetime) -> None:
    """Raises NotProved for claims of another issuer, for another client, of another sign-in, or of another time.

    Source: OpenID Connect Core 1.0, clause 3.1.3.7, items 2 to 11.
    """
    audience, at = claims.get("aud"), now.timestamp()
    audiences = [audience] if isinstance(audience, str) else audience if isinstance(audience, list) else []
    if claims.get("iss") != of.issuer:
        raise NotProved("the ID token is of another issuer")
    if of.client_id not in audiences or claims.get("azp", of.client_id) != of.client_id:
        raise NotProved("the ID token is for another client")
    if len(audiences) > 1 and "azp" not in claims:
        raise NotProved("the ID token is for several clients and does not say which one asked")
    if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise NotProved("the ID token is of another sign-in")
    if _time(claims, "exp") + LEEWAY_S <= at:
        raise NotProved("the ID token has expired")
    if _time(claims, "iat") - LEEWAY_S > at or ("nbf" in claims and _time(claims, "nbf") - LEEWAY_S > at):
        raise NotProved("the ID token is not valid yet")


def names(claims: Mapping[str, Any]) -> list[str]:
    """Names that an account of this person may have, the first one first; an address only where it was verified.

    Only ASCII, since other letters may become those of another name when made small.
    """
    found = [claims.get("preferred_username"), claims.get("email") if claims.get("email_verified") is True else None]
    return [name.strip().lower() for name in found if isinstance(name, str) and name.isascii() and name.strip()]


def _time(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise NotProved(f"the ID token has no time {name}")
    return float(value)


def _signed(token: str, keys: list[Any]) -> Mapping[str, Any]:
    """The claims of a token that one of the provider's public keys has signed. Raises NotProved."""
    jwk, jwt = require("joserfc.jwk", EXTRA), require("joserfc.jwt", EXTRA)
    usable = [
        key for key in keys
        if isinstance(key, dict) and key.get("kty") in KEY_TYPES and key.get("use", "sig") == "sig"
    ]  # fmt: skip
    try:
        found: Mapping[str, Any] = jwt.decode(
            token, jwk.KeySet.import_key_set({"keys": usable}), algorithms=list(ALGORITHMS)
        ).claims
    except Exception as err:  # whatever the library says, the signature was not shown to hold
        raise NotProved(f"the ID token does not carry a signature of the provider: {err}") from err
    return found


def _asked(method: str, url: str, **more: Any) -> Mapping[str, Any]:
    """The JSON object that the provider answers with. Raises NotProved where it refuses, Unreachable."""
    httpx = require("httpx", EXTRA)
    try:
        answer = httpx.request(method, url, timeout=TIMEOUT_S, follow_redirects=False, **more)
        found = answer.json() if answer.status_code == 200 else None
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as err:
        raise Unreachable(f"{url}: {err}") from err
    if 400 <= answer.status_code < 500 and method == "POST":
        raise NotProved(f"the provider refuses the code with {answer.status_code}")
    if not isinstance(found, dict):
        raise Unreachable(f"{url} answers {answer.status_code} without a JSON object")
    return found


def _safe(url: str) -> bool:
    """Whether what is sent there can be read by nobody else."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK))
