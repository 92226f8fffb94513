"""A number as the whole world dials it (E.164), beside what was typed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.contacts.fields import Phone

WHERE = """
select u.time_zone, u.locale, (select p.e ->> 'e164' from contacts c, jsonb_array_elements(c.phones) p(e)
         where c.user_id = u.id and c.is_self and p.e ->> 'e164' is not null limit 1) as own
  from users u where u.id = app_user_id()"""


async def find_region(session: AsyncSession) -> str:
    """The country from which somebody dials: of their own number, of their time zone, of their language."""
    time_zone, locale, own = (await session.execute(text(WHERE))).one()
    return _region_of_number(own) or get_global("zone_territories").get(time_zone, "") or _region_of_locale(locale)


def with_e164(phones: Iterable[Phone], region: str) -> tuple[Phone, ...]:
    return tuple(
        phone if phone.e164 or not phone.value.strip() else replace(phone, e164=dialled(phone.value, region))
        for phone in phones
    )


def dialled(typed: str, region: str) -> str | None:
    """None for what is no number that somebody could have."""
    # Takes 7 MB, which a house at rest shall not give.
    import phonenumbers

    try:
        number = phonenumbers.parse(typed, region or None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _region_of_number(e164: str | None) -> str:
    if not e164:
        return ""
    import phonenumbers

    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(e164)) or ""
    except phonenumbers.NumberParseException:
        return ""


def _region_of_locale(locale: str) -> str:
    try:
        known = Locale.parse(locale, sep="-")
    except (UnknownLocaleError, ValueError):
        return ""
    return known.territory or get_global("likely_subtags").get(known.language, "").rpartition("_")[2]
