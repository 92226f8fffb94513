"""OpenAI's client, which is built on pydantic: imported by those alone who ask a model."""

from app import show_pydantic

show_pydantic()
import openai  # noqa: E402

__all__ = ["openai"]
