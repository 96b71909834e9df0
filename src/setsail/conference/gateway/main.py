"""The gateway's process: `python -m setsail.conference.gateway.main FOLDER`, where FOLDER is that of the conference."""

from __future__ import annotations

import asyncio
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

from setsail.base.errors import BadInput, SetSailError
from setsail.conference.gateway.desk import Desk
from setsail.conference.server import order as orders


async def run(folder: Path) -> None:
    """Serves until SIGTERM or SIGINT. Raises BadInput where there is no order with a SIP side."""
    order = orders.read(folder)
    if order is None or order.sip is None:
        raise BadInput("has no order with a SIP side", where=str(folder), hint="setsail conference up --sip")
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    await Desk(order, order.sip, order.sip.folder, lambda: datetime.now(UTC)).run(stop)


def main(arguments: list[str]) -> int:
    """0 where it was asked to end, 3 where it could not begin."""
    try:
        asyncio.run(run(Path(arguments[0])))
    except (SetSailError, OSError) as err:
        sys.stderr.write(f"error: {err}\n")
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
