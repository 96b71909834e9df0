"""Writes the demonstration buildings to examples/sites: `python -m tools.make_site_examples`."""

from __future__ import annotations

from pathlib import Path

from setsail.site.folder import write
from setsail.site.generate import DEMONSTRATIONS, demonstration

EXAMPLES = Path(__file__).resolve().parent.parent / "examples" / "sites"


def main(folder: Path = EXAMPLES) -> None:
    """Writes every demonstration as a folder; what else lies in it stays."""
    for kind in DEMONSTRATIONS:
        site = demonstration(kind)
        write(site, folder / site.site, replace=(folder / site.site).exists())
        print(f"{folder / site.site}: {len(site.floors)} floors, {sum(1 for _ in site.rooms())} rooms")


if __name__ == "__main__":
    main()
