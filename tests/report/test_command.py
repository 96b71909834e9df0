from __future__ import annotations

from pathlib import Path

import pytest

from setsail.cli.main import run


def test_the_command_writes_the_page_and_tells_its_path(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SETSAIL_NOW", "2026-06-30T08:00:00+00:00")
    out = tmp_path / "deep" / "page.html"
    assert run(["monitor", "report", "--plan", "cn-beijing-2027", "--language", "zh", "--out", str(out)]) == 0
    assert capsys.readouterr().out.strip() == str(out)
    page = out.read_text(encoding="utf-8")
    assert '<html lang="zh-CN">' in page
    assert "2026-06-30T08:00:00+00:00" in page
    assert [p.name for p in out.parent.iterdir()] == ["page.html"]


@pytest.mark.parametrize(
    "wrong", [["--plan", "no-such-plan"], ["--language", "fr"], ["--known-on", "2024-13-01"], ["--data", "none.csv"]]
)
def test_wrong_input_ends_with_two_and_writes_nothing(wrong: list[str], tmp_path: Path) -> None:
    out = tmp_path / "page.html"
    assert run(["monitor", "report", "--out", str(out), *wrong]) == 2
    assert not out.exists()
