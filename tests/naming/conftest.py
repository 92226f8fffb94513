"""What a language model reads of names needs the scripted one."""

from tests.privacy.conftest import choose, sender, server  # noqa: F401 (fixtures)
