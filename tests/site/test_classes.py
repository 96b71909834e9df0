from __future__ import annotations

import pytest

from setsail.base.errors import UnknownName
from setsail.radio.pathloss.p2040 import Layer, material_names, wall_loss
from setsail.site.classes import wall_class, wall_classes
from setsail.site.rules import STRENGTH, rules
from setsail.standards.facts import sources


def loss_db(name: str, fc_hz: float) -> float:
    layers = [Layer(material, thickness) for material, thickness in wall_class(name).layers]
    return wall_loss(layers, fc_hz, average_ratio=0.05).transmission_loss_db


def test_materials_of_all_classes_are_those_of_p2040() -> None:
    assert {m for c in wall_classes().values() for m, _ in c.layers} <= set(material_names())


def test_every_class_has_layers_or_a_loss_and_a_known_source() -> None:
    for found in wall_classes().values():
        assert bool(found.layers) != (found.loss_db is not None)
        assert found.source.split(",")[0] in {"assumption", *sources()}
        assert found.name_en
        assert found.name_zh


def test_coated_glass_loses_what_tr38901_gives_for_infrared_reflecting_glass() -> None:
    # TR 38.901 v17.0.0, Table 7.4.3-1: 23 + 0.3 f (f in GHz); fitted at 3.5 GHz, the ripple of the panes elsewhere.
    assert loss_db("window-irr", 3.5e9) == pytest.approx(23 + 0.3 * 3.5, abs=1.0)
    assert loss_db("window-irr", 2.6e9) == pytest.approx(23 + 0.3 * 2.6, abs=4.0)


def test_losses_rise_from_partition_over_brick_to_concrete_and_lead() -> None:
    order = [loss_db(name, 3.5e9) for name in ("light", "brick", "concrete", "lead-lined")]
    assert order == sorted(order)
    assert order[-1] > 100.0


def test_concrete_of_twenty_centimetres_loses_nineteen_decibels_at_3500_mhz() -> None:
    assert loss_db("concrete", 3.5e9) == pytest.approx(19.0, abs=0.1)


def test_an_unknown_class_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UnknownName, match="lead-lined"):
        wall_class("cardboard")


def test_rules_name_classes_of_walls_and_doors_in_a_known_order() -> None:
    for found in rules().values():
        assert wall_class(found.wall_class).kind == "wall"
        assert wall_class(found.door_class).kind == "door"
    assert set(STRENGTH) <= {c.wall_class for c in wall_classes().values() if c.kind == "wall"}
    assert {found.wall_class for found in rules().values()} <= set(STRENGTH)
