"""Text that may stand in a page or a drawing."""

from __future__ import annotations

import re
from html import escape

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def clean(text: object) -> str:
    """Text for XML and HTML: escaped, with a sign in place of characters that neither may hold.

    Source: W3C, Extensible Markup Language (XML) 1.0 (Fifth Edition), production 2 (Char).
    """
    return escape(_NOT_XML.sub("\ufffd", str(text)), quote=True)
