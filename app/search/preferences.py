"""How a person wants search to be: by the stems of which language, and whether it remembers what was asked."""

from __future__ import annotations

from uuid import UUID

import asyncpg
from babel import Locale

from app.web.locale import current_locale
from app.web.locale import gettext as _

# Postgres's name of a stemmer, and the language's code; the migration that made the column has the same names.
STEMMED = {
    "arabic": "ar", "armenian": "hy", "basque": "eu", "catalan": "ca", "danish": "da", "dutch": "nl", "english": "en",
    "estonian": "et", "finnish": "fi", "french": "fr", "german": "de", "greek": "el", "hindi": "hi", "hungarian": "hu",
    "indonesian": "id", "irish": "ga", "italian": "it", "lithuanian": "lt", "nepali": "ne", "norwegian": "nb",
    "portuguese": "pt", "romanian": "ro", "russian": "ru", "serbian": "sr", "spanish": "es", "swedish": "sv",
    "tamil": "ta", "turkish": "tr", "yiddish": "yi",
}  # fmt: skip

CHOOSE = """
update users set search_language = $2, search_stems = case when $2 = 'auto' then search_stems else $2 end,
       updated_at = now() where id = $1"""


KEEP_SEARCHES = """
with forgotten as (delete from search_history where user_id = $1 and not $2::text::boolean)
update users set keeps_searches = $2::text::boolean, updated_at = now() where id = $1"""

SETTINGS = """
select search_language, keeps_searches::text as keeps_searches, asks_mood::text as asks_mood,
       reads_links::text as reads_links from users where id = $1"""


async def read_search_settings(connection: asyncpg.Connection, user_id: UUID) -> dict[str, str]:
    """search_language and keeps_searches, as their forms hold them."""
    row = await connection.fetchrow(SETTINGS, user_id)
    return dict(row) if row else {}


def language_choices() -> dict[str, str]:
    """Value and label, the languages by their name in the reader's own."""
    shown = Locale.parse(current_locale()).languages
    named = sorted((str(shown.get(code, name)), name) for name, code in STEMMED.items())
    return {
        "simple": _("Words as they are written"),
        "auto": _("As my texts have it"),
        **{name: label for label, name in named},
    }
