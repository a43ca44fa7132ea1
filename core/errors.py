"""The base class of refusals."""

from typing import Any, ClassVar


class Refusal(Exception):  # noqa: N818 -- a refusal is an answer, not a fault
    """What was asked for can't be done; nothing was charged and nothing was lost.

    Every app derives its own refusals from this one. Pages show `detail`, both APIs turn it into their error
    format.

    Attributes:
        code: stable, machine-readable, part of the public API.
        status: the HTTP status.
        detail: one sentence for people that says what happened and what to do.
        param: the field it is about, if there is one.
        extra: further public facts, for example `available` and `needed`.
    """

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 400

    def __init__(self, detail: str, *, param: str | None = None, **extra: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.param = param
        self.extra = extra

    @property
    def headers(self) -> dict[str, str]:
        """Retry-After, if `extra["retry_after"]` gives the seconds to wait."""
        return {"Retry-After": str(self.extra["retry_after"])} if "retry_after" in self.extra else {}


class KeyReused(Refusal):
    """The idempotency key stands for another request."""

    code = "idempotency_key_reused"
    status = 422
