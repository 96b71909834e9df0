import pytest

from setsail.base.errors import UnknownName
from setsail.site.functions import function, functions, match
from setsail.site.plan import colour


@pytest.mark.parametrize(
    ("words", "code", "found", "by"),
    [
        ("WARD 3", "", "ward", "words"),
        ("LAB OFFICE", "13-15 11 24 11: Laboratory", "office", "words"),
        ("OFFICE / EXAM", "", "office", "words"),
        ("STAFF TOILET", "", "toilet", "words"),
        ("ELEV. EQUIP.", "13-81 21 11: Equipment Room", "plant", "words"),
        ("ELEVATOR", "", "lift", "words"),
        ("X-RAY ALCOVE", "", "imaging-x-ray", "words"),
        ("GEN. DENT. DTR #10", "", "treatment", "words"),
        ("MECH. YARD", "13-81 21 11: Equipment Room", "yard", "words"),
        ("CHIEF", "13-15 11 34 11: Office", "office", "code"),
        ("?", "13-85 21 11 99", "stairs", "code"),
        ("?", "13-75 99 99", "storage", "code"),
        ("", "13-41 31 11: Patient Care Room", "ward", "code"),
        ("imaging-ct", "", "imaging-ct", "name"),
        ("第三病房", "", "ward", "words"),
        ("手术室 2", "", "operating-theatre", "words"),
        ("磁共振检查室", "", "imaging-mri", "words"),
        ("CT检查室", "", "imaging-ct", "words"),
        ("CT等候区", "", "waiting", "words"),
        ("内科检查室", "", "examination", "words"),
        ("手术室走廊", "", "corridor", "words"),
        ("电梯机房", "", "plant", "words"),
        ("空调机房", "", "plant", "words"),
        ("CT室", "", "imaging-ct", "words"),
        ("服务器机房", "", "server-room", "words"),
        ("总装车间", "", "production-hall", "words"),
        ("Site", "", "site", "name"),
        ("SITE OFFICE", "", "office", "words"),
        ("Etwas Anderes", "", "", ""),
        ("", "", "", ""),
        ("", "21-13", "", ""),
    ],
)
def test_function_is_found_by_words_then_by_code(words: str, code: str, found: str, by: str) -> None:
    got = match(words, code)
    assert (got.function, got.by) == (found, by)


def test_table_holds_what_hospitals_and_factories_have() -> None:
    known = functions()
    assert len(known) >= 40
    wanted = {
        "ward", "icu", "operating-theatre", "emergency", "imaging-mri", "imaging-ct", "imaging-x-ray", "laboratory",
        "pharmacy", "consulting", "corridor", "stairs", "lift", "shaft", "plant", "toilet", "waiting", "office",
        "server-room", "kitchen", "loading-dock", "roof", "production-hall", "warehouse", "control-room", "yard",
    }  # fmt: skip
    assert wanted <= set(known)
    assert all(one.name_en and one.name_zh and one.source.startswith("assumption") for one in known.values())
    assert {name for name, one in known.items() if one.shielded} == {
        "imaging-mri", "imaging-ct", "imaging-x-ray", "imaging-nuclear", "radiotherapy",
    }  # fmt: skip
    assert not any(known[name].indoor for name in ("roof", "yard", "loading-dock", "site", "quay"))


def test_every_function_has_its_own_colour() -> None:
    shown = [colour(name) for name, one in functions().items() if one.indoor]
    assert len(set(shown)) == len(shown)
    assert all(len(c) == 7 and int(c[1:], 16) >= 0 for c in shown)


def test_unknown_function_is_told_with_the_known_ones() -> None:
    assert function("icu").critical
    with pytest.raises(UnknownName, match=r"is 'ice'; allowed: ward, icu"):
        function("ice")
