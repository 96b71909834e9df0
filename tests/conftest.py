"""What every test shares."""

from __future__ import annotations

import sys

# A worker of pytest-xdist has a main module without a file; the Spark Connect client takes that for a doctest run of
# its own and ends the process.
_main = sys.modules["__main__"]
if not hasattr(_main, "__file__"):
    _main.__file__ = __file__
