"""Errors whose text is a sentence for the person who caused them; each knows the HTTP status it becomes."""


class HearthError(Exception):
    """Something a person can understand and act on. The message is one whole sentence."""

    status = 500


class Invalid(HearthError):
    """The input cannot be used as it is."""

    status = 400


class SignInNeeded(HearthError):
    status = 401


class TokenNeeded(HearthError):
    """A program came without a token that is still good."""

    status = 401


class Forbidden(HearthError):
    status = 403


class NotFound(HearthError):
    """There is no such thing, or it is not the asker's: the two are never told apart. Alone, it leaves the words to
    whoever shows it."""

    status = 404

    def __init__(self, message: str = "") -> None:
        super().__init__(message)


class Conflict(HearthError):
    """Somebody else, or another tab, was faster."""

    status = 409


class TooLarge(HearthError):
    status = 413


class TooMany(HearthError):
    status = 429


class Unavailable(HearthError):
    status = 503
