"""The link budget: one object from the antenna connector of a cell to the UE and back."""

from setsail.radio.link.budget import LinkBudget, best_server, rsrq_db, rssi_dbm, sinr_db
from setsail.radio.link.carrier import Carrier
from setsail.radio.link.uplink import PowerControl, ue_power_dbm

__all__ = [
    "Carrier",
    "LinkBudget",
    "PowerControl",
    "best_server",
    "rsrq_db",
    "rssi_dbm",
    "sinr_db",
    "ue_power_dbm",
]
