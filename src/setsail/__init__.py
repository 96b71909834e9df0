"""Set Sail: from a national plan for 5G applications to networks that work, with the proof."""

__version__ = "0.1.0"
