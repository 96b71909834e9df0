from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from setsail import api
from tests.report.pages import Element, read

DAY = date(2026, 6, 30)
AT = datetime(2026, 6, 30, 8, tzinfo=UTC)
CASES = [(p, lang) for p in ("cn-set-sail-2021-final", "cn-set-sail-2024-upgrade") for lang in ("en", "zh")]


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], str]:
    """The pages of two plans in both languages, written once."""
    folder = tmp_path_factory.mktemp("pages")
    found = {}
    for plan, language in CASES:
        out = folder / f"{plan}-{language}.html"
        api.report(plan, known_on=DAY, out=out, language=language, generated_at=AT)
        found[plan, language] = out.read_text(encoding="utf-8")
    return found


@pytest.fixture(scope="session")
def trees(pages: dict[tuple[str, str], str]) -> dict[tuple[str, str], Element]:
    """The same pages as trees."""
    return {key: read(html) for key, html in pages.items()}


@pytest.fixture
def own_files(tmp_path: Path) -> tuple[Path, Path]:
    """A plan and observations of an invented county, with text that a page must not run."""
    plan = tmp_path / "plan.toml"
    plan.write_text(
        '[plan]\nid = "invented-county"\ntitle_en = "Invented county <script>alert(1)</script>"\ngeography = "X1"\n'
        '[[target]]\nindicator = "clinics_with_5g"\nname_en = "Clinics <img src=x onerror=alert(2)> with 5G"\n'
        'unit = "count"\ntarget = 10\ndeadline = 2024-12-31\n',
        encoding="utf-8",
    )
    data = tmp_path / "data.csv"
    data.write_text(
        "indicator,region,period,value,unit,definition,known_on,source_id,note\n"
        'clinics_with_5g,X1,2023-12,4,count,"=cmd|""calc""",2024-01-05,javascript:alert(3),<b>note</b>\n'
        'clinics_with_5g,X1,2024-12,12,count,"</text><script>alert(4)</script>",2025-01-05,https://example.org/a?b=1&c="2",\n',
        encoding="utf-8",
    )
    return plan, data
