"""Sign-in, cookies and tokens, and what does not pass for them."""

from __future__ import annotations

import pytest
from itsdangerous import TimestampSigner, URLSafeTimedSerializer

from setsail.store import people
from setsail.store.workspace import Workspace
from setsail.web import attempts
from setsail.web.access import COOKIE
from tests.web.asgi import Client
from tests.web.conftest import PASSWORD, MakeServer, Server

WHO, PLANS = "/api/v1/session", "/api/v1/plans"


def test_sign_in_with_the_right_password_opens_a_session(server: Server) -> None:
    client = server.client("viewer")
    told = client.get(WHO).json()
    assert (told["signed_in"], told["name"], told["role"]) == (True, "viewer.example", "viewer")
    assert client.get(PLANS).status_code == 200


def test_sign_in_takes_the_name_in_any_case(server: Server) -> None:
    server.client("viewer", name="anna")
    assert Client(server.app).sign_in(" Anna ", PASSWORD).status_code == 200


def test_cookie_is_kept_from_scripts_and_other_sites(server: Server) -> None:
    server.client("viewer", name="anna")
    plain = Client(server.app).sign_in("anna", PASSWORD).headers["set-cookie"].lower()
    over_tls = Client(server.app, scheme="https").sign_in("anna", PASSWORD).headers["set-cookie"].lower()
    assert "httponly" in plain
    assert "samesite=strict" in plain
    assert ("secure" in plain, "secure" in over_tls) == (False, True)


def test_wrong_name_and_wrong_password_are_told_alike(server: Server) -> None:
    server.client("viewer", name="anna")
    answers = [Client(server.app).sign_in(*pair) for pair in (("anna", "wrong"), ("nobody", PASSWORD), ("\0", "x"))]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1


def test_session_ends_at_its_age(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cookie is dated by the signer's own clock."""
    client = server.client("viewer")
    issued = TimestampSigner("any").get_timestamp()
    age = int(server.settings.session_s)
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda _: issued + age - 5)
    assert client.get(PLANS).status_code == 200
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda _: issued + age + 5)
    assert client.get(PLANS).status_code == 401


@pytest.mark.parametrize(
    "forge",
    [
        lambda cookie: (
            cookie[:-2] + ("A" if cookie[-2] != "A" else "B") + cookie[-1]
        ),  # the last bits of the end mean nothing
        lambda cookie: "x" + cookie[1:],
        lambda cookie: cookie.rpartition(".")[0],
        lambda cookie: "",
        lambda cookie: ".".join(["e30", *cookie.split(".")[1:]]),
        lambda cookie: URLSafeTimedSerializer("another secret", salt="session").dumps(
            {"name": "admin", "epoch": 1, "csrf": "x"}
        ),
        lambda cookie: "\xff\xfe",
        lambda cookie: "A" * 60_000,
    ],
)
def test_forged_cookie_is_nobody(server: Server, forge: object) -> None:
    server.client("administrator", name="admin")
    client = server.client("viewer")
    client.cookies[COOKIE] = forge(client.cookies[COOKIE])  # type: ignore[operator]
    assert client.get(WHO).json()["signed_in"] is False
    assert client.get(PLANS).status_code == 401


@pytest.mark.parametrize(
    "content",
    [
        None,
        [],
        "admin",
        {"name": "admin"},
        {"name": 1, "epoch": 1, "csrf": "x"},
        {"name": "admin", "epoch": 1, "csrf": ""},
    ],
)
def test_signed_cookie_of_another_content_is_nobody(server: Server, content: object) -> None:
    """Even with the right key, what is not a session of ours is none."""
    server.client("administrator", name="admin")
    client = Client(server.app)
    client.cookies[COOKIE] = str(URLSafeTimedSerializer(server.settings.secret, salt="session").dumps(content))
    assert client.get(PLANS).status_code == 401


@pytest.mark.parametrize(
    "change", [{"role": "analyst"}, {"organisation": "Other"}, {"password_hash": "x"}, {"active": False}]
)
def test_change_of_an_account_ends_its_sessions(server: Server, change: dict[str, object]) -> None:
    client = server.client("viewer")
    people.change(server.engine, "viewer.example", actor="tester", now=server.clock(), **change)  # type: ignore[arg-type]
    assert client.get(PLANS).status_code == 401


def test_inactive_account_cannot_sign_in(server: Server) -> None:
    server.client("viewer", name="anna")
    people.change(server.engine, "anna", actor="tester", now=server.clock(), active=False)
    assert Client(server.app).sign_in("anna", PASSWORD).status_code == 401


@pytest.mark.parametrize("token", ["", "x", "\xe9\xff", "A" * 5000])
def test_changing_request_without_the_sessions_token_is_refused(server: Server, token: str) -> None:
    client = server.client("viewer")
    client.csrf = token
    answer = client.delete(WHO)
    assert (answer.status_code, answer.error["code"]) == (403, "not-allowed")
    assert client.get(WHO).json()["signed_in"] is True


def test_token_of_another_session_is_refused(server: Server) -> None:
    one, other = server.client("viewer"), server.client("viewer")
    one.csrf = other.csrf
    assert one.delete(WHO).status_code == 403


def test_request_that_a_page_of_another_site_sends_is_refused(server: Server) -> None:
    """The browser tells where the page is from; that keeps others from signing a person in as themselves."""
    server.client("viewer", name="anna")
    given = {"name": "anna", "password": PASSWORD}
    sent = [
        Client(server.app).post(WHO, json=given, headers={"sec-fetch-site": s})
        for s in ("cross-site", "same-site", "same-origin")
    ]
    assert [answer.status_code for answer in sent] == [403, 403, 200]


def test_sign_out_ends_the_cookie(server: Server) -> None:
    client = server.client("viewer")
    assert client.delete(WHO).json()["signed_in"] is False
    assert COOKIE not in client.cookies


def test_own_password_is_changed_and_other_sessions_end(server: Server) -> None:
    client, other = server.client("viewer", name="anna"), server.client("viewer", name="anna")
    path, new = f"{WHO}/password", "another long password"
    assert client.put(path, json={"old": "wrong", "new": new}).status_code == 401
    assert client.put(path, json={"old": PASSWORD, "new": "short"}).status_code == 422
    changed = client.put(path, json={"old": PASSWORD, "new": new})
    assert changed.status_code == 200
    assert (client.get(PLANS).status_code, other.get(PLANS).status_code) == (200, 401)
    assert [Client(server.app).sign_in("anna", p).status_code for p in (PASSWORD, new)] == [401, 200]


def test_failures_of_a_name_from_an_address_are_turned_away_for_a_while(server: Server) -> None:
    server.client("viewer", name="anna")
    client = Client(server.app, address="198.51.100.9")
    most = attempts.MOST_OF_A_NAME_FROM_AN_ADDRESS
    assert [client.sign_in("anna", "wrong").status_code for _ in range(most)] == [401] * most
    refused = client.sign_in("anna", PASSWORD)
    assert (refused.status_code, refused.error["code"]) == (429, "too-often")
    assert int(refused.headers["retry-after"]) > 0
    assert Client(server.app, address="203.0.113.5").sign_in("anna", PASSWORD).status_code == 200
    server.clock.move(attempts.WHILE.total_seconds() - 1)
    assert client.sign_in("anna", PASSWORD).status_code == 429
    server.clock.move(1)
    assert client.sign_in("anna", PASSWORD).status_code == 200


def test_failures_of_an_address_over_many_names_are_turned_away(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An own account in between does not buy more guesses."""
    monkeypatch.setattr("setsail.web.routes.session.no_one", lambda _: False)
    server.client("viewer", name="mallory")
    client = Client(server.app, address="198.51.100.9")
    most = attempts.MOST_OF_AN_ADDRESS
    for number in range(most):
        assert client.sign_in(f"name{number}", "guess").status_code == 401
        if number == most // 2:
            assert client.sign_in("mallory", PASSWORD).status_code == 200
    assert client.sign_in("one-more", "guess").status_code == 429
    assert Client(server.app).sign_in("mallory", PASSWORD).status_code == 200


def test_guesses_at_a_name_from_many_addresses_are_turned_away() -> None:
    from tests.web.conftest import NOW

    counted = attempts.Attempts()
    waits = [counted.begin("anna", f"address {n}", NOW) for n in range(attempts.MOST_OF_A_NAME + 1)]
    assert [bool(wait) for wait in waits] == [False] * attempts.MOST_OF_A_NAME + [True]


def test_counters_keep_the_newest_names_and_stay_small() -> None:
    from tests.web.conftest import NOW

    counted = attempts.Attempts()
    for number in range(attempts.MOST_KEYS):
        counted.begin(f"name {number}", f"address {number}", NOW)
    assert len(counted.tried) == attempts.MOST_KEYS
    assert ("name", f"name {attempts.MOST_KEYS - 1}") in counted.tried


def test_success_forgets_the_failures_of_its_name(server: Server) -> None:
    server.client("viewer", name="anna")
    client = Client(server.app)
    for _ in range(3):
        for _ in range(attempts.MOST_OF_A_NAME_FROM_AN_ADDRESS - 1):
            assert client.sign_in("anna", "wrong").status_code == 401
        assert client.sign_in("anna", PASSWORD).status_code == 200


def test_sign_ins_are_in_the_audit_trail_and_failures_are_not(server: Server) -> None:
    server.client("viewer", name="anna")
    Client(server.app).sign_in("anna", "wrong")
    with Workspace.open(server.settings.workspace) as store:
        told = [(entry.action, entry.subject) for entry in store.audit_entries()]
        assert store.verify_audit() == []
    assert told == [("add-person", "anna"), ("sign-in", "anna")]


def test_demonstration_user_is_signed_in_and_may_not_touch_accounts(make_server: MakeServer) -> None:
    server = make_server(demonstration=True, hosts=frozenset({"localhost"}))
    client = Client(server.app, host="localhost:8750")
    told = client.get(WHO).json()
    assert (told["demonstration"], told["name"]) == (True, "demonstration")
    assert client.put(f"{WHO}/password", json={"old": "x", "new": "y" * 12}).status_code == 403  # no token yet
    client.csrf = told["csrf"]
    refused = client.put(f"{WHO}/password", json={"old": "x", "new": "y" * 12})
    assert "demonstration" in refused.error["what"]


def test_demonstration_does_not_answer_to_another_host(make_server: MakeServer) -> None:
    """A name elsewhere that is made to lead to the loopback address gets nothing."""
    server = make_server(demonstration=True, hosts=frozenset({"localhost", "[::1]"}))
    codes = {
        h: Client(server.app, host=h).get(PLANS).status_code for h in ("evil.example", "localhost", "[::1]:8750", "")
    }
    assert codes == {"evil.example": 421, "localhost": 200, "[::1]:8750": 200, "": 421}
