"""Files of costs: read by the one strict TOML reader."""

from __future__ import annotations

from pathlib import Path

import pytest

from setsail.base.errors import BadInput
from setsail.design.cost.items import read


@pytest.mark.parametrize("text", ["discount_ratio = " + "9" * 5000, "discount_ratio = = 1", "[items"])
def test_a_file_that_is_not_toml_is_bad_input_with_its_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "costs.toml"
    path.write_text(text + "\n", encoding="utf-8")
    with pytest.raises(BadInput, match=r"costs\.toml: is not TOML"):
        read(path)
