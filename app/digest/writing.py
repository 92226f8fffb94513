"""The digest as a mail: what the page of that day says, as plain text and as simple HTML with nothing remote in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from uuid import UUID

from markupsafe import Markup

from app.insights.reading import Shown
from app.web.locale import current_locale, ngettext, number, whole_day
from app.web.locale import gettext as _

# A long address that is folded comes out as an encoded word, which no mail program opens.
WHOLE = SMTP.clone(max_line_length=500)


@dataclass(frozen=True, slots=True)
class Letter:
    """`house` is the address that people type, without a slash at its end; `stop` ends these mails."""

    day: date
    shown: Sequence[Shown]
    line: str
    left_out: int
    house: str
    stop: str


def write_mail(letter: Letter, digest_id: UUID, sender: str, receiver: str, now: datetime) -> EmailMessage:
    """The subject names no record: it is shown on locked screens. The same digest has the same Message-ID, so that a
    mailbox can tell a second one."""
    mail = EmailMessage(policy=WHOLE)
    mail["Subject"] = _("Noticed, %(day)s") % {"day": whole_day(letter.day)}
    mail["From"], mail["To"], mail["Date"] = f"Hearth <{sender}>", receiver, format_datetime(now)
    mail["Message-ID"] = f"<{digest_id}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["List-Unsubscribe"] = f"<{letter.stop}>"
    mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    # In letters that any server takes.
    mail.set_content(write_text(letter), cte="quoted-printable")
    mail.add_alternative(write_html(letter), subtype="html", cte="quoted-printable")
    return mail


def write_text(letter: Letter) -> str:
    blocks = [whole_day(letter.day) + (f"\n{letter.line}" if letter.line else "")]
    blocks += [_one_as_text(one, letter.house) for one in letter.shown]
    return "\n\n".join([*blocks, "\n".join(["-- ", *_foot(letter)])]) + "\n"


def write_html(letter: Letter) -> str:
    line = Markup("<p>{}</p>").format(letter.line) if letter.line else Markup("")
    body = Markup("").join(_one_as_html(one, letter.house) for one in letter.shown)
    foot = Markup("<br>").join(_linked(line) for line in _foot(letter))
    page = Markup(
        '<!doctype html><html lang="{}"><head><meta charset="utf-8"><title>{}</title></head>'
        "<body><h1>{}</h1>{}{}<hr><p><small>{}</small></p></body></html>"
    )
    return str(page.format(current_locale(), _("Noticed"), whole_day(letter.day), line, body, foot))


def _one_as_text(one: Shown, house: str) -> str:
    told = one.told
    lines = [f"* {_flat(told.title)}", *(f"  {_flat(line)}" for line in (told.body, _quoted(told.quote)) if line)]
    lines += [f"  - {_flat(proof.title)}: {house}{proof.href}" for proof in one.insight.evidence]
    return "\n".join([*lines, f"  {house}/insights/{one.insight.id}"])


def _one_as_html(one: Shown, house: str) -> Markup:
    told = one.told
    body = Markup("<p>{}</p>").format(told.body) if told.body else Markup("")
    quote = Markup("<blockquote>{}</blockquote>").format(told.quote) if told.quote else Markup("")
    proofs = Markup("").join(
        Markup('<li><a href="{}">{}</a></li>').format(f"{house}{proof.href}", _flat(proof.title))
        for proof in one.insight.evidence
    )
    title = Markup('<h2><a href="{}">{}</a></h2>').format(f"{house}/insights/{one.insight.id}", _flat(told.title))
    return title + body + quote + Markup("<ul>{}</ul>").format(proofs)


def _foot(letter: Letter) -> list[str]:
    lines = []
    if letter.left_out:
        lines.append(ngettext(
            "%(num)s thing is about what is critical, which goes into no mail; it is on the page.",
            "%(num)s things are about what is critical, which goes into no mail; they are on the page.",
            letter.left_out,
        ) % {"num": number(letter.left_out)})  # fmt: skip
    lines.append(_("All that was noticed: %(href)s") % {"href": f"{letter.house}/insights"})
    return [*lines, _("No such mails any more: %(href)s") % {"href": letter.stop}]


def _linked(line: str) -> Markup:
    """With the address at its end as a link."""
    words, _blank, last = line.rpartition(" ")
    return Markup('{} <a href="{}">{}</a>').format(words, last, last) if "://" in last else Markup("{}").format(line)


def _quoted(quote: str) -> str:
    return f"“{quote}”" if quote else ""


def _flat(text: str) -> str:
    return " ".join(text.split())


def without_critical(shown: Iterable[Shown], critical: frozenset[UUID]) -> tuple[list[Shown], int]:
    """What may leave the house, and how many may not."""
    every = list(shown)
    allowed = [one for one in every if one.insight.id not in critical]
    return allowed, len(every) - len(allowed)
