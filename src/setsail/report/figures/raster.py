"""A raster in classes as one self-contained SVG: pixels as an image inside, legend with shares, scale bar."""

from __future__ import annotations

import base64

import numpy as np

from setsail.base.png import png
from setsail.base.xml_text import clean
from setsail.radio.coverage.picture import Picture
from setsail.report.scales import nice_step
from setsail.report.svg import n

WIDTH, SIDE, HEAD, FOOT = 760.0, 210.0, 30.0, 34.0
UNKNOWN = (236, 236, 236)
STYLE = (
    "text{font:12px system-ui,'Noto Sans CJK SC',sans-serif;fill:#1b1b1b}.head{font-weight:600;font-size:14px}"
    ".quiet{fill:#555}.paper{fill:#fff}.bar{stroke:#1b1b1b;stroke-width:2;fill:none}.edge{fill:none;stroke:#bbb}"
)


def draw(picture: Picture, title: str, note: str) -> str:
    """The SVG text of a picture with its legend; `note` stands below."""
    rows, columns = picture.index.shape
    height = WIDTH * rows / columns
    total = (WIDTH + SIDE, HEAD + max(height, 190.0) + FOOT)
    image = base64.b64encode(png(_coloured(picture))).decode("ascii")
    body = [
        f'<rect class="paper" width="{n(total[0])}" height="{n(total[1])}"/>',
        f'<text class="head" x="0" y="18">{clean(title)}</text><g transform="translate(0 {n(HEAD)})">',
        f'<image width="{n(WIDTH)}" height="{n(height)}" preserveAspectRatio="none" '
        f'style="image-rendering:pixelated" href="data:image/png;base64,{image}"/>',
        f'<rect class="edge" width="{n(WIDTH)}" height="{n(height)}"/>',
        *_legend(picture),
        *_bar(picture.scale_m, height),
        "</g>",
        f'<text class="quiet" x="{n(WIDTH)}" y="{n(total[1] - 10)}" text-anchor="end">{clean(note)}</text>',
    ]
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {n(total[0])} {n(total[1])}" role="img" '
        f'aria-labelledby="t d"><title id="t">{clean(title)}</title><desc id="d">{clean(_words(picture))}</desc>'
    )
    return f"{head}<style>{STYLE}</style>{''.join(body)}</svg>\n"


def _coloured(picture: Picture) -> np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]:
    colours = [tuple(bytes.fromhex(c.colour[1:])) for c in picture.classes]
    palette = np.array([UNKNOWN, *colours], dtype=np.uint8)
    return palette[picture.index.astype(np.int64) + 1]


def _legend(picture: Picture) -> list[str]:
    x = WIDTH + 16
    parts = [f'<text class="quiet" x="{n(x)}" y="12">{clean(picture.classes[0].unit)}, share of the area</text>']
    for k, (each, share) in enumerate(zip(picture.classes, picture.share, strict=True)):
        y = 26 + 22 * k
        parts.append(f'<rect x="{n(x)}" y="{n(float(y))}" width="16" height="14" fill="{clean(each.colour)}"/>')
        parts.append(f'<text x="{n(x + 24)}" y="{n(y + 11.5)}">{clean(each.label)}</text>')
        parts.append(f'<text x="{n(x + 180)}" y="{n(y + 11.5)}" text-anchor="end">{100 * share:.1f} %</text>')
    y = 26 + 22 * len(picture.classes)
    parts.append(f'<rect x="{n(x)}" y="{n(float(y))}" width="16" height="14" fill="rgb{UNKNOWN}" stroke="#999"/>')
    parts.append(f'<text x="{n(x + 24)}" y="{n(y + 11.5)}">nothing known</text>')
    return parts


def _bar(scale_m: float, height: float) -> list[str]:
    length_m = nice_step(scale_m / 2, 3)
    length = WIDTH * length_m / scale_m
    told = f"{length_m / 1000:g} km" if length_m >= 1000 else f"{length_m:g} m"
    y = height + 18
    return [
        f'<path class="bar" d="M1 {n(y - 5)}V{n(y)}H{n(1 + length)}V{n(y - 5)}"/>',
        f'<text x="{n(length + 10)}" y="{n(y + 2)}">{told}</text>',
    ]


def _words(picture: Picture) -> str:
    shares = zip(picture.classes, picture.share, strict=True)
    return "; ".join(f"{c.label} {c.unit}: {100 * s:.1f} percent" for c, s in shares)
