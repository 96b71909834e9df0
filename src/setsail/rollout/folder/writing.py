"""Writing the folder of a rollout: whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from setsail.base.folders import whole_folder
from setsail.rollout.folder import files
from setsail.rollout.folder.rules import require
from setsail.rollout.model import Rollout
from setsail.rollout.travel import kept


def write(rollout: Rollout, path: Path, *, replace: bool = False, history: Sequence[files.HistoryEvent] = ()) -> None:
    """Writes the folder of a rollout, whole or not at all; read again it equals `rollout`.

    replace : a rollout folder that is there is replaced; its other files, such as events.jsonl, stay as they are.
    history : events that happened, for history.csv; without them an old history.csv stays.
    Raises StoreConflict where something else is there, BadInput where the rollout breaks a rule.
    """
    require(rollout)
    texts = files.texts(rollout, history)
    owned = files.OWNED | {kept.FOLDER} | ({files.HISTORY} if history else set())
    with whole_folder(path, replace=replace, proof=files.ROLLOUT_FILE, owned=frozenset(owned)) as new:
        for name, text in texts.items():
            (new / name).write_text(text, encoding="utf-8", newline="")
