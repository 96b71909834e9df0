"""Numbers as people write them."""

import pytest

from setsail.base.errors import BadInput
from setsail.monitor.reconcile.numbers import NumberStyle, printed_number, tidy, told


@pytest.mark.parametrize(
    ("text", "style", "value", "step"),
    [
        ("385572", "plain", 385572, 1),
        ("83.10", "plain", 83.1, 0.01),
        ("385,572", "western", 385572, 1),
        ("1,234,567.5", "western", 1234567.5, 0.1),
        ("3,85,572", "indian", 385572, 1),
        ("85,572", "indian", 85572, 1),
        ("85,572", "western", 85572, 1),
        ("12,34,567", "indian", 1234567, 1),
        ("３８５，５７２", "western", 385572, 1),
        ("572", "indian", 572, 1),
    ],
)
def test_number_in_its_declared_style_is_read_whole(text: str, style: NumberStyle, value: float, step: float) -> None:
    assert printed_number(text, "here", style) == pytest.approx((value, step))


@pytest.mark.parametrize(
    ("text", "style", "hint"),
    [
        ("3,85,572", "plain", "--numbers indian"),
        ("385,572", "plain", "--numbers western"),
        ("85,572", "plain", "--numbers western or --numbers indian"),
        ("３８５５７２", "plain", "--numbers western"),
        ("3,85,572", "western", "--numbers indian"),
        ("385,572", "indian", "--numbers western"),
        ("38,5572", "western", "check the digits"),
        ("83.1万", "plain", "10k_count"),
    ],
)
def test_number_in_another_style_is_refused_with_the_style_to_declare(text: str, style: NumberStyle, hint: str) -> None:
    with pytest.raises(BadInput) as caught:
        printed_number(text, "table.csv:3 column 'value'", style)
    assert hint in caught.value.hint
    assert caught.value.where == "table.csv:3 column 'value'"


@pytest.mark.parametrize("text", ["nan", "inf", "1e999", "12 345", "1'234", "", "--5"])
def test_number_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        printed_number(text, "here")


def test_told_and_tidy_show_integers_as_integers() -> None:
    assert (told(8511.0), told(83.1), told(None)) == ("8,511", "83.1", "nothing")
    assert (tidy(2700.0), tidy(0.1 + 0.2), tidy(None)) == (2700, 0.3, None)
    assert isinstance(tidy(2700.0), int)
