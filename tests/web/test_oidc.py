"""Signing in at an OpenID provider, held against one that really answers on loopback."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwk, jws

from setsail.base.errors import BadInput
from setsail.store import audit, people
from setsail.store.registry import reading
from setsail.web import oidc
from setsail.web import server as server_module
from setsail.web.settings import Oidc
from tests.web.asgi import Answer, Client
from tests.web.conftest import MakeServer, Server, password_hash

CLIENT, SECRET = "set-sail-test", "a secret : of the test"
KEYS: dict[str, Any] = {
    "RS256": jwk.RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"}),
    "ES256": jwk.ECKey.generate_key("P-256", {"kid": "ec", "use": "sig"}),
    "EdDSA": jwk.OKPKey.generate_key("Ed25519", {"kid": "okp", "use": "sig"}),
}


@dataclass(slots=True)
class Provider:
    """What the loopback provider answers, and what it was asked."""

    issuer: str = ""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    algorithm: str = "RS256"
    token: Callable[[dict[str, Any]], str] | None = None
    description: dict[str, Any] = field(default_factory=dict)
    redeemed: list[str] = field(default_factory=list)
    down: bool = False

    def describe(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/keys", **self.description,
        }  # fmt: skip

    def keys(self) -> dict[str, Any]:
        return {"keys": [key.as_dict(private=False) for key in KEYS.values()]}

    def redeem(self, form: dict[str, str], authorization: str) -> dict[str, Any] | None:
        """An ID token for a code: once, to the client that asked for it, with what its challenge was made of."""
        asked = self.codes.pop(form.get("code", ""), None)
        self.redeemed.append(form.get("code", ""))
        basic = base64.b64encode(b"set-sail-test:a+secret+%3A+of+the+test").decode()
        by_form = (form.get("client_id"), form.get("client_secret")) == (CLIENT, SECRET)
        if asked is None or (authorization != f"Basic {basic}" and not by_form):
            return None
        made_of = hashlib.sha256(form["code_verifier"].encode()).digest()
        if base64.urlsafe_b64encode(made_of).rstrip(b"=").decode() != asked["code_challenge"]:
            return None
        if form["redirect_uri"] != asked["redirect_uri"] or form["grant_type"] != "authorization_code":
            return None
        claims = {"nonce": asked["nonce"], **self.claims}
        claims = {name: value for name, value in claims.items() if value is not None}
        return {"id_token": (self.token or self.signed)(claims), "access_token": "unused", "token_type": "Bearer"}

    def signed(self, claims: dict[str, Any]) -> str:
        key = KEYS[self.algorithm]
        header = {"alg": self.algorithm, "kid": key.kid}
        return jws.serialize_compact(header, json.dumps(claims), key, algorithms=[self.algorithm])


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    of = Provider()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self, found: dict[str, Any] | None, refused: int = 400) -> None:
            body = json.dumps(found or {"error": "invalid_grant"}).encode()
            self.send_response(503 if of.down else refused if found is None else 200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            paths = {"/.well-known/openid-configuration": of.describe, "/keys": of.keys}
            self._answer(paths[self.path]() if self.path in paths else None, 404)

        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
            self._answer(of.redeem({k: v[0] for k, v in form.items()}, self.headers.get("authorization", "")))

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        of.issuer = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield of
        server.shutdown()
        thread.join()


@pytest.fixture
def known(make_server: MakeServer, provider: Provider) -> Server:
    """A server that knows the provider and has one account; the provider vouches for its owner."""
    server = make_server(oidc=Oidc(provider.issuer, CLIENT, SECRET))
    people.add(
        server.engine, "chief", organisation="Example Hospital", role="engineer", password_hash=password_hash(),
        actor="tester", now=server.clock(),
    )  # fmt: skip
    now = server.clock().timestamp()
    provider.claims = {
        "iss": provider.issuer, "aud": CLIENT, "sub": "1", "iat": now, "exp": now + 300, "preferred_username": "Chief",
    }  # fmt: skip
    return server


def begun(client: Client, provider: Provider, code: str = "code-1") -> dict[str, str]:
    """What the provider was asked for; it keeps a code for it."""
    answer = client.get("/api/v1/oidc/start")
    assert answer.status_code == 303
    to = urlsplit(answer.headers["location"])
    assert f"{to.scheme}://{to.netloc}{to.path}" == f"{provider.issuer}/authorize"
    asked = {name: values[0] for name, values in parse_qs(to.query).items()}
    provider.codes[code] = asked
    return asked


def back(client: Client, state: str, code: str = "code-1", **more: str) -> Answer:
    return client.get("/api/v1/oidc/callback", params={"code": code, "state": state, **more})


def went(client: Client, provider: Provider, **more: str) -> str:
    """Where a whole sign-in ends."""
    return back(client, begun(client, provider)["state"], **more).headers["location"]


def signed_in(client: Client) -> bool:
    return bool(client.get("/api/v1/session").json()["signed_in"])


def test_person_whom_the_provider_knows_is_signed_in_and_noted(known: Server, provider: Provider) -> None:
    client = Client(known.app)
    asked = begun(client, provider)
    assert asked["redirect_uri"] == "http://setsail.test/api/v1/oidc/callback"
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert asked["scope"].split()[0] == "openid"
    answer = back(client, asked["state"])
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    session = client.get("/api/v1/session").json()
    assert (session["name"], session["role"], session["oidc"]) == ("chief", "engineer", True)
    assert set(client.cookies) == {"setsail_session"}
    with reading(known.engine) as connection:
        last = list(audit.entries(connection))[-1]
    assert (last.actor, last.action, dict(last.detail)) == ("chief", "sign-in", {"issuer": provider.issuer})


def test_cookies_of_the_way_cannot_be_read_by_scripts(known: Server, provider: Provider) -> None:
    client = Client(known.app, scheme="https")
    there = client.get("/api/v1/oidc/start").headers["set-cookie"].lower()
    assert all(part in there for part in ("httponly", "secure", "samesite=lax", "path=/api/v1/oidc"))
    client = Client(known.app, scheme="https")
    home = back(client, begun(client, provider)["state"]).headers["set-cookie"].lower()
    assert all(part in home for part in ("setsail_session=", "samesite=strict", "secure"))


@pytest.mark.parametrize(
    "algorithm", ["RS256", "ES256", pytest.param("EdDSA", marks=pytest.mark.filterwarnings("ignore"))]
)
def test_signature_with_each_public_key_is_taken(known: Server, provider: Provider, algorithm: str) -> None:
    provider.algorithm = algorithm
    assert went(Client(known.app), provider) == "/"


def test_client_may_show_its_secret_in_the_form(known: Server, provider: Provider) -> None:
    provider.description = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    assert went(Client(known.app), provider) == "/"


@pytest.mark.parametrize(
    "changes",
    [
        {"nonce": "another"}, {"nonce": None}, {"iss": "https://another.example"}, {"iss": None},
        {"aud": "another"}, {"aud": None}, {"aud": ["another"]}, {"aud": [CLIENT, "another"]}, {"azp": "another"},
        {"exp": None}, {"exp": True}, {"exp": "4000000000"}, {"iat": None}, {"nbf": 4000000000},
    ],
    ids=str,
)  # fmt: skip
def test_token_with_wrong_claims_signs_nobody_in(known: Server, provider: Provider, changes: dict[str, Any]) -> None:
    provider.claims |= changes
    client = Client(known.app)
    assert went(client, provider) == "/?refused=proof"
    assert provider.redeemed == ["code-1"]
    assert not signed_in(client)


@pytest.mark.parametrize("audience", [[CLIENT], [CLIENT, "another"]])
def test_token_for_several_clients_says_who_asked(known: Server, provider: Provider, audience: list[str]) -> None:
    provider.claims |= {"aud": audience, "azp": CLIENT}
    assert went(Client(known.app), provider) == "/"


@pytest.mark.parametrize(("name", "off_s", "right"), [
    ("exp", -59, True), ("exp", -60, False), ("exp", -61, False),
    ("iat", 59, True), ("iat", 60, True), ("iat", 61, False),
])  # fmt: skip
def test_times_of_the_token_hold_within_a_minute(
    known: Server, provider: Provider, name: str, off_s: int, right: bool
) -> None:
    provider.claims[name] = known.clock().timestamp() + off_s
    assert went(Client(known.app), provider) == ("/" if right else "/?refused=proof")


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _none(claims: dict[str, Any]) -> str:
    return f"{_text(json.dumps({'alg': 'none'}).encode())}.{_text(json.dumps(claims).encode())}."


def _with_public_key(claims: dict[str, Any]) -> str:
    """HS256 whose shared key is the RSA key that everybody may read."""
    head = _text(json.dumps({"alg": "HS256", "kid": "rsa"}).encode())
    body = f"{head}.{_text(json.dumps(claims).encode())}"
    return f"{body}.{_text(hmac.digest(KEYS['RS256'].as_pem(private=False), body.encode(), 'sha256'))}"


def _with_strange_key(claims: dict[str, Any]) -> str:
    key = jwk.RSAKey.generate_key(2048, {"kid": "rsa"})
    return jws.serialize_compact({"alg": "RS256", "kid": "rsa"}, json.dumps(claims), key, algorithms=["RS256"])


def _changed(claims: dict[str, Any]) -> str:
    key = KEYS["RS256"]
    head, body, signature = jws.serialize_compact(
        {"alg": "RS256", "kid": "rsa"}, json.dumps(claims | {"preferred_username": "nobody"}), key, algorithms=["RS256"]
    ).split(".")
    assert body != _text(json.dumps(claims).encode())
    return f"{head}.{_text(json.dumps(claims).encode())}.{signature}"


@pytest.mark.parametrize("token", [_none, _with_public_key, _with_strange_key, _changed, lambda _: "no token"])
def test_token_without_a_signature_of_the_provider_signs_nobody_in(
    known: Server, provider: Provider, token: Callable[[dict[str, Any]], str]
) -> None:
    provider.token = token
    client = Client(known.app)
    assert went(client, provider) == "/?refused=proof"
    assert provider.redeemed == ["code-1"]
    assert not signed_in(client)


def test_wrong_state_is_refused_before_the_code_is_used(known: Server, provider: Provider) -> None:
    client = Client(known.app)
    begun(client, provider)
    assert back(client, "another").headers["location"] == "/?refused=proof"
    assert provider.redeemed == []


def test_answer_in_a_browser_that_did_not_begin_is_refused(known: Server, provider: Provider) -> None:
    asked = begun(Client(known.app), provider)
    stranger = Client(known.app)
    assert back(stranger, asked["state"]).headers["location"] == "/?refused=proof"
    begun(stranger, provider, "code-2")  # with a sign-in of its own, too
    assert back(stranger, asked["state"]).headers["location"] == "/?refused=proof"
    assert provider.redeemed == []
    assert not signed_in(stranger)


def test_replayed_answer_signs_nobody_in(known: Server, provider: Provider) -> None:
    client = Client(known.app)
    asked = begun(client, provider)
    kept = dict(client.cookies)
    assert back(client, asked["state"]).headers["location"] == "/"
    thief = Client(known.app, cookies=kept)
    provider.codes["code-1"] = asked  # even of a provider that takes a code twice
    assert back(thief, asked["state"]).headers["location"] == "/?refused=proof"
    assert provider.redeemed == ["code-1"]


def test_code_that_was_used_before_signs_nobody_in(known: Server, provider: Provider) -> None:
    assert went(Client(known.app), provider) == "/"
    other = Client(known.app)
    asked = begun(other, provider, "code-2")
    assert back(other, asked["state"], "code-1").headers["location"] == "/?refused=proof"
    assert not signed_in(other)


def test_code_of_another_sign_in_fails_by_its_challenge(known: Server, provider: Provider) -> None:
    begun(Client(known.app), provider, "of-the-victim")
    thief = Client(known.app)
    asked = begun(thief, provider, "of-the-thief")
    assert back(thief, asked["state"], "of-the-victim").headers["location"] == "/?refused=proof"
    assert not signed_in(thief)


@pytest.mark.parametrize(("iss", "right"), [("own", True), ("https://another.example", False), ("", False)])
def test_issuer_in_the_answer_must_be_the_providers(known: Server, provider: Provider, iss: str, right: bool) -> None:
    provider.description = {"authorization_response_iss_parameter_supported": True}
    given = {"iss": provider.issuer if iss == "own" else iss} if iss else {}
    assert went(Client(known.app), provider, **given) == ("/" if right else "/?refused=proof")


@pytest.mark.parametrize(
    ("claims", "right"),
    [
        ({"preferred_username": "stranger"}, False),
        ({"preferred_username": None}, False),
        ({"preferred_username": ["chief"]}, False),
        ({"preferred_username": "sister@example.org"}, True),
        ({"preferred_username": None, "email": "Sister@example.org", "email_verified": True}, True),
        ({"preferred_username": None, "email": "sister@example.org"}, False),
        ({"preferred_username": None, "email": "sister@example.org", "email_verified": "false"}, False),
        ({"preferred_username": "\N{KELVIN SIGN}ate"}, False),
    ],
)
def test_only_a_person_with_an_account_gets_in(
    known: Server, provider: Provider, claims: dict[str, Any], right: bool
) -> None:
    for name in ("sister@example.org", "kate"):
        people.add(
            known.engine, name, organisation="Example Hospital", role="viewer", password_hash=password_hash(),
            actor="tester", now=known.clock(),
        )  # fmt: skip
    before = len(people.people(known.engine))
    provider.claims |= claims
    client = Client(known.app)
    assert went(client, provider) == ("/" if right else "/?refused=account")
    assert signed_in(client) == right
    assert len(people.people(known.engine)) == before


def test_inactive_account_stays_out(known: Server, provider: Provider) -> None:
    people.change(known.engine, "chief", actor="tester", now=known.clock(), active=False)
    assert went(Client(known.app), provider) == "/?refused=account"


def test_too_many_failures_of_an_address_are_turned_away(known: Server, provider: Provider) -> None:
    client = Client(known.app)
    codes = [back(client, f"guess-{n}").status_code for n in range(41)]
    assert codes == [303] * 40 + [429]


@pytest.mark.parametrize("description", [
    {"issuer": "https://another.example"}, {"token_endpoint": "http://another.example/token"}, {"jwks_uri": None},
])  # fmt: skip
def test_provider_that_describes_itself_unsafely_is_not_asked(
    known: Server, provider: Provider, description: dict[str, Any]
) -> None:
    provider.description = description
    assert Client(known.app).get("/api/v1/oidc/start").headers["location"] == "/?refused=provider"


def test_provider_that_is_down_is_told(known: Server, provider: Provider) -> None:
    provider.down = True
    assert Client(known.app).get("/api/v1/oidc/start").headers["location"] == "/?refused=provider"
    provider.down = False
    client = Client(known.app)
    state = begun(client, provider)["state"]
    provider.down = True
    assert back(client, state).headers["location"] == "/?refused=provider"


def test_server_without_a_provider_offers_none(server: Server) -> None:
    client = Client(server.app)
    assert client.get("/api/v1/session").json()["oidc"] is False
    assert client.get("/api/v1/oidc/start").error["code"] == "not-found"
    assert client.get("/api/v1/oidc/callback").error["code"] == "not-found"


def test_environment_names_the_provider() -> None:
    given = dict(zip(oidc.VARIABLES, ("https://id.example/realm", CLIENT, SECRET), strict=True))
    found = oidc.of_environment(given)
    assert found == Oidc("https://id.example/realm", CLIENT, SECRET)
    assert SECRET not in repr(found)
    assert oidc.of_environment({}) is None


@pytest.mark.parametrize("demonstration", [False, True])
def test_server_knows_the_provider_of_its_environment_but_for_the_demonstration(
    known: Server, provider: Provider, monkeypatch: pytest.MonkeyPatch, demonstration: bool
) -> None:
    for name, value in zip(oidc.VARIABLES, (provider.issuer, CLIENT, SECRET), strict=True):
        monkeypatch.setenv(name, value)
    served: list[Any] = []
    monkeypatch.setattr("uvicorn.run", lambda app, **_: served.append(app))
    given = replace(known.settings, oidc=None, demonstration=demonstration)
    server_module.serve(given, host="127.0.0.1", port=8750)
    state = served[0].state.setsail
    state.engine.dispose()
    assert state.settings.oidc == (None if demonstration else Oidc(provider.issuer, CLIENT, SECRET))


@pytest.mark.parametrize(
    ("issuer", "client", "where"),
    [
        ("", CLIENT, "SETSAIL_OIDC_ISSUER"), ("https://id.example", "", "SETSAIL_OIDC_CLIENT_ID"),
        ("http://id.example", CLIENT, "SETSAIL_OIDC_ISSUER"), ("https://", CLIENT, "SETSAIL_OIDC_ISSUER"),
        ("https://id.example?x=1", CLIENT, "SETSAIL_OIDC_ISSUER"), ("https://[id", CLIENT, "SETSAIL_OIDC_ISSUER"),
    ],
)  # fmt: skip
def test_environment_that_names_half_a_provider_is_refused(issuer: str, client: str, where: str) -> None:
    with pytest.raises(BadInput) as told:
        oidc.of_environment(dict(zip(oidc.VARIABLES, (issuer, client, ""), strict=True)))
    assert told.value.where == where
