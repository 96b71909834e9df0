"""The Python door: every function that a command or a route calls, with the same numbers.

Each section imports from the rooms inside its functions, so that `import setsail.api` stays light.
"""

from __future__ import annotations
