"""Feasibility by clause: does a 5QI keep what an application asks, and what to signal where none does."""

from setsail.service.feasibility.model import Conditions, Feasibility, QosFinding
from setsail.service.feasibility.study import check
from setsail.service.feasibility.survey import Survey, survey

__all__ = ["Conditions", "Feasibility", "QosFinding", "Survey", "check", "survey"]
