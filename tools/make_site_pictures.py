"""Draws the pictures of the tutorial of a hospital: `python -m tools.make_site_pictures`.

They are made from the demonstration hospital by the same functions as the commands of the page, then reduced to few
colours so that the repository stays small.
"""

from __future__ import annotations

import io
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pypdfium2
from PIL import Image

from setsail import api
from setsail.base.writing import whole_file

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "start" / "pictures"
WIDTH_PX = 1000
COLOURS = 96
FLOOR = "L1"
AT = datetime(2026, 11, 1, tzinfo=UTC)
"""The moment that the report bears, so that its picture is the same at every run."""


def main(folder: Path = PICTURES) -> None:
    """Writes every picture of the page into a folder."""
    with tempfile.TemporaryDirectory() as there:
        site, made = Path(there) / "hospital", Path(there) / "made"
        made.mkdir()
        api.site_new("hospital", "", site, demonstration=True)
        api.design_run(site)
        api.site_picture(site, made / "plan.png", floor=FLOOR)
        for layer in ("rsrp", "sinr"):
            api.design_maps(site, floor=FLOOR, layer=layer, png=made / f"{layer}.png")
        api.conformance_report(site, now=AT, out=made / "report.pdf")
        (made / "report.png").write_bytes(first_page(made / "report.pdf"))
        for picture in sorted(made.glob("*.png")):
            small(picture, folder / picture.name)
            print(f"{folder / picture.name}: {(folder / picture.name).stat().st_size / 1e3:.0f} kB")


def first_page(pdf: Path) -> bytes:
    """The first page of a PDF as PNG."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        out = io.BytesIO()
        document[0].render(scale=1.6).to_pil().save(out, "PNG")
        return out.getvalue()
    finally:
        document.close()


def small(source: Path, out: Path) -> None:
    """A picture with at most so many pixels across and so many colours."""
    with Image.open(source) as picture:
        one = picture.convert("RGB")
    if one.width > WIDTH_PX:
        one = one.resize((WIDTH_PX, round(one.height * WIDTH_PX / one.width)), Image.Resampling.LANCZOS)
    out.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(out) as path:
        one.quantize(COLOURS, dither=Image.Dither.NONE).save(path, "PNG", optimize=True)


if __name__ == "__main__":
    main()
