"""Bill of materials of a network on its site: lines, cost, energy, what is spare, and the next steps."""

from setsail.design.bill.prices import Prices, read, shipped
from setsail.design.bill.results import Bill, Line, Run
from setsail.design.bill.study import bill, facts

__all__ = ["Bill", "Line", "Prices", "Run", "bill", "facts", "read", "shipped"]
