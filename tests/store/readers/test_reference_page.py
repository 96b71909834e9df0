"""The page of columns and maps is made from the tables; the tables in it are never edited by hand."""

from __future__ import annotations

from tools.column_reference import PAGE, page


def test_page_of_column_maps_is_as_made() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "python -m tools.column_reference"
