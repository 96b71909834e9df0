"""Optional parts: missed in one line, by whatever of ours stands on them; compiled code needs no folder to write."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from setsail.base.errors import MissingExtra
from setsail.base.extras import require

KERNELS = "setsail.design.indoor.kernels"
NOWHERE = """
from numba.core import caching
import setsail.base.extras as extras
real = caching._CacheLocator.ensure_cache_path
def only_told(self):
    if not isinstance(self, caching.UserProvidedCacheLocator):
        raise PermissionError("read-only")
    real(self)
caching._CacheLocator.ensure_cache_path = only_told
kernels = extras.require("setsail.design.indoor.kernels", "site")
import numpy as np
out = np.empty(1)
kernels.shares(np.ones(2, np.float32), np.ones(1), np.arange(2), np.array([0, 2]), out)
print(out[0], extras._kept[0].name)
"""


def test_module_that_is_there_is_given() -> None:
    assert require("math", "site").floor(1.5) == 1


def test_missing_module_is_told_with_its_extra() -> None:
    with pytest.raises(MissingExtra, match=r"no_such_module: needs the extra 'site'.*setsail\[site\]"):
        require("no_such_module.part", "site")


def test_module_of_ours_that_stands_on_a_missing_one_tells_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, KERNELS, raising=False)
    monkeypatch.setitem(sys.modules, "numba", None)
    with pytest.raises(MissingExtra, match="numba: needs the extra 'site'"):
        require(KERNELS, "site")


def test_wrong_name_of_a_module_of_ours_is_our_fault() -> None:
    with pytest.raises(ModuleNotFoundError):
        require("setsail.base.no_such_module", "site")


def test_kernels_compile_where_no_folder_can_be_written() -> None:
    pytest.importorskip("numba")
    done = subprocess.run([sys.executable, "-c", NOWHERE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    share, folder = done.stdout.split()
    assert float(share) == 1.0
    assert not Path(folder).exists()
