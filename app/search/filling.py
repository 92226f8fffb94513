"""A chosen model reads in the background every text that it has not read yet, and answers when it has read all.

What it has read stands in `vectors`, so an interruption costs one batch. A person's own new text goes before it: it is
read for the answering model by the index slot, and filling waits meanwhile.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg
import structlog

from app.core.database import Database
from app.ports.embedding import EmbeddingError, ModelAway
from app.ports.models import Model, Models, switch_model, whose_gaps
from app.search.calibrating import calibrate
from app.search.indexing import Text, embed_missing

AT_ONCE = 32
STEP_SECONDS = 0.2
LONGEST_COURTESY = 60.0
# What a model refuses is found by words alone: of more than this share of all texts that is no exchange.
MOST_REFUSED = 0.1
FIRST = UUID(int=0)
log = structlog.get_logger()

NEXT = """
select p.record_id, p.ordinal, p.text_hash, p.text from passages p
 where p.user_id = $1 and (p.record_id, p.ordinal) > ($2, $3) and not exists (
       select from vectors v where v.user_id = p.user_id and v.model_id = $4 and v.text_hash = p.text_hash)
   and not exists (select from withheld_texts w where w.record_id = p.record_id and w.model_id = $4)
 order by p.record_id, p.ordinal limit $5"""

GOES_ON = "select state = 'active' or state = 'filling' and not is_paused from embedding_models where id = $1"

OWN_WAITS = """
select exists (select from pipeline where slot = 'index' and not backlog and parked_at is null and due_at <= now())"""

GIVE_UP = """
update embedding_models set is_paused = true, trouble = format('It refuses %s of %s texts.', $2::integer, $3::integer)
 where id = $1"""

TELL_TROUBLE = "update embedding_models set trouble = $1 where state = 'filling' and trouble <> $1"

TELL = "update embedding_models set texts = $2, filled = $3, texts_a_second = $4, trouble = $5 where id = $1"


@dataclass(slots=True)
class Progress:
    """How far a model is. `unread` are texts that it refuses while it reads others: words alone find those."""

    model: Model
    texts: int = 0
    filled: int = 0
    rate: float | None = None
    unread: set[tuple[UUID, bytes]] = field(default_factory=set)
    read: int = 0

    def note(self, count: int, seconds: float) -> None:
        self.filled += count
        self.read += count
        now = count / max(seconds, 0.001)
        self.rate = now if self.rate is None else 0.9 * self.rate + 0.1 * now


async def fill_models(database: Database, models: Models) -> None:
    """Fill the chosen model and let it answer; then close what gaps the answering one has. Paused, it returns."""
    async with database.anonymous() as connection:
        try:
            filling = await models.filling(connection)
        except ModelAway as away:
            await connection.execute(TELL_TROUBLE, str(away))
            return
    if filling is not None and (progress := await fill(database, filling)) and await _find_scale(database, filling):
        async with database.anonymous() as connection:
            if len(progress.unread) > MOST_REFUSED * progress.texts:
                await connection.execute(GIVE_UP, filling.id, len(progress.unread), progress.texts)
                return
            switched = await switch_model(connection, filling.id)
        log.info("model.switched", model=filling.embedder.name, switched=switched)
        await close_gaps(database, models)


async def _find_scale(database: Database, model: Model) -> bool:
    """Before it answers: from which cosine on it means something. False while it is away; the sweep tries again."""
    try:
        least = await calibrate(model.embedder)
    except EmbeddingError as error:
        async with database.anonymous() as connection:
            await connection.execute(TELL_TROUBLE, str(error)[:500])
        await _wait(database, model, error.pause if isinstance(error, ModelAway) else 60)
        return False
    async with database.anonymous() as connection:
        await connection.execute("update embedding_models set least_cosine = $2 where id = $1", model.id, least)
    return True


async def close_gaps(database: Database, models: Models) -> None:
    """What was written for another model, or for none, is read by the one that answers now."""
    async with database.anonymous() as connection:
        answering = await models.answering(connection)
    if answering is not None:
        await fill(database, answering)


async def fill(database: Database, model: Model) -> Progress | None:
    """Read everybody's missing texts; None when it was paused, or another was chosen, before all were read."""
    progress, read = Progress(model), -1
    # Again for what was written meanwhile; a round that read nothing would be followed by another such.
    while await _count(database, progress) and progress.read > read:
        read = progress.read
        async with database.anonymous() as connection:
            people = [user_id for user_id, _, missing in await whose_gaps(connection, model.id) if missing]
        for user_id in people:
            if not await _fill_person(database, progress, user_id):
                return None
    return progress


async def _count(database: Database, progress: Progress) -> bool:
    """Whether something is left to read, and how much of all has been."""
    async with database.anonymous() as connection:
        gaps = await whose_gaps(connection, progress.model.id)
        missing = sum(gap[2] for gap in gaps)
        progress.texts = sum(gap[1] for gap in gaps)
        progress.filled = progress.texts - missing
        await _tell(connection, progress)
    return missing > len(progress.unread)


async def _fill_person(database: Database, progress: Progress, user_id: UUID) -> bool:
    """False when it was paused or another model was chosen."""
    place = (FIRST, -1)
    while await _may_go_on(database, progress.model):
        async with database.reading(user_id, "hearth") as connection:
            rows = await connection.fetch(NEXT, user_id, *place, progress.model.id, AT_ONCE)
        if not rows:
            return True
        texts = [Text(row["record_id"], row["text_hash"], row["text"]) for row in rows]
        if await _read(database, progress, user_id, texts):
            place = (rows[-1]["record_id"], rows[-1]["ordinal"])
    return False


async def _may_go_on(database: Database, model: Model) -> bool:
    """Waits, within bounds, until what people wrote just now has been read for the model that answers."""
    until = time.monotonic() + LONGEST_COURTESY
    while True:
        async with database.anonymous() as connection:
            own_waits = await connection.fetchval(OWN_WAITS)
            if not own_waits or time.monotonic() > until:
                return bool(await connection.fetchval(GOES_ON, model.id))
        await asyncio.sleep(STEP_SECONDS)


async def _read(database: Database, progress: Progress, user_id: UUID, texts: Sequence[Text]) -> bool:
    """False when the model is away and the same texts are to be tried again, after the pause that it asked for."""
    began, trouble, pause = time.monotonic(), "", 0.0
    try:
        progress.note(await _read_each(database, progress, user_id, texts), time.monotonic() - began)
    except ModelAway as away:
        trouble, pause = str(away), away.pause
    async with database.anonymous() as connection:
        await _tell(connection, progress, trouble)
    await _wait(database, progress.model, pause)
    return not trouble


async def _read_each(database: Database, progress: Progress, user_id: UUID, texts: Sequence[Text]) -> int:
    """All at once; if that is refused, one by one. A text that is refused while others are read is left to words."""
    try:
        return await embed_missing(database, user_id, progress.model, texts)
    except ModelAway:
        raise
    except Exception as error:
        refused, count = set(), 0
        for text in texts:
            try:
                count += await embed_missing(database, user_id, progress.model, [text])
            except ModelAway:
                raise
            except Exception:  # noqa: BLE001 (counted; a model that refuses all of them is in trouble itself)
                refused.add(text.hash)
        if refused and not count and not await _is_well(progress.model):
            raise ModelAway(f"{progress.model.embedder.name} reads nothing: {error}", pause=60) from error
        progress.unread |= {(user_id, digest) for digest in refused}
        return count


async def _is_well(model: Model) -> bool:
    """Whether it reads a word that no model has a reason to refuse."""
    try:
        await asyncio.to_thread(model.embedder.embed_documents, ["Hearth"])
    except Exception as error:  # noqa: BLE001 (whatever it is: it does not read)
        log.info("model.not_well", model=model.embedder.name, error=type(error).__name__)
        return False
    return True


async def _wait(database: Database, model: Model, seconds: float) -> None:
    """Until the model may be asked again, or somebody pauses or chooses another."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        await asyncio.sleep(min(1.0, max(0.0, until - time.monotonic())))
        async with database.anonymous() as connection:
            if not await connection.fetchval(GOES_ON, model.id):
                return


async def _tell(connection: asyncpg.Connection, progress: Progress, trouble: str = "") -> None:
    await connection.execute(
        TELL, progress.model.id, progress.texts, min(progress.filled, progress.texts), progress.rate, trouble[:500]
    )
