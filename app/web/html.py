"""A note that is written in HTML, as safe HTML."""

from __future__ import annotations

from markupsafe import Markup

from app.web.markdown_files import with_images_resolved
from app.web.markdown_targets import Targets
from app.web.sanitising import sanitise, too_deep


def render_html(text: str, targets: Targets) -> Markup:
    """For `<div class="prose" hx-disable>`; what nests too deep to be read safely is shown as it was written."""
    if too_deep(text):
        return Markup('<pre tabindex="0">{}</pre>').format(text)
    return Markup(sanitise(with_images_resolved(text, targets)))  # noqa: S704 (sanitised here)
