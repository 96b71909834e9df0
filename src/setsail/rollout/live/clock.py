"""Times as a dispatcher says them, by the name under which live work has them."""

from setsail.rollout.folder.clock import moment, seen_from

__all__ = ["moment", "seen_from"]
