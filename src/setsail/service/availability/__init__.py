"""Availability of a communication service: from a log of messages, from a loss model, and from parts that fail."""

from setsail.service.availability.log import MessageLog, from_log
from setsail.service.availability.losses import LossModel, ServiceAvailability, from_losses, loss_ratio_allowed
from setsail.service.availability.redundancy import Part, SystemAvailability, system

__all__ = [
    "LossModel", "MessageLog", "Part", "ServiceAvailability", "SystemAvailability", "from_log", "from_losses",
    "loss_ratio_allowed", "system",
]  # fmt: skip
