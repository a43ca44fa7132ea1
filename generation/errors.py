"""Refusals of the engine, each with its message. Nothing is held or charged when one of these is raised."""

from typing import ClassVar

from core.errors import Refusal


class InvalidOrder(Refusal):
    """An option that the model does not support or that makes no sense; `param` names it."""

    code: ClassVar[str] = "invalid_order"
    status: ClassVar[int] = 400


class ModelNotFound(Refusal):
    """There is no such model."""

    code: ClassVar[str] = "model_not_found"
    status: ClassVar[int] = 404


class ModelRetired(Refusal):
    """The model has ended; `replacement` names the one that replaces it, if one does."""

    code: ClassVar[str] = "model_retired"
    status: ClassVar[int] = 410


class ModelUnavailable(Refusal):
    """The model takes no orders at the moment."""

    code: ClassVar[str] = "model_unavailable"
    status: ClassVar[int] = 503


class ReferenceNotFound(Refusal):
    """An input image that the workspace does not have."""

    code: ClassVar[str] = "reference_not_found"
    status: ClassVar[int] = 404


class ReferenceInUse(Refusal):
    """An input image that something else still needs."""

    code: ClassVar[str] = "reference_in_use"
    status: ClassVar[int] = 409


class StyleNotFound(Refusal):
    """A style that the workspace does not have."""

    code: ClassVar[str] = "style_not_found"
    status: ClassVar[int] = 404


class MaxCreditsExceeded(Refusal):
    """The quote is more than the caller allowed; `credits` and `max_credits` say how much."""

    code: ClassVar[str] = "max_credits_exceeded"
    status: ClassVar[int] = 400


class InvalidStyle(Refusal):
    """A style that can't be saved as it is; `param` names what is wrong."""

    code: ClassVar[str] = "invalid_style"
    status: ClassVar[int] = 400


class InvalidRows(Refusal):
    """Rows of a batch that can't be read or ordered; `errors` lists the rows that are at fault."""

    code: ClassVar[str] = "invalid_rows"
    status: ClassVar[int] = 400


class BatchNotReady(Refusal):
    """The request does not fit the batch's status."""

    code: ClassVar[str] = "batch_not_ready"
    status: ClassVar[int] = 409


class NothingToAppeal(Refusal):
    """An appeal against something that no moderation has refused."""

    code: ClassVar[str] = "nothing_to_appeal"
    status: ClassVar[int] = 409


class AlreadyAppealed(Refusal):
    """A second appeal against the same refusal; there can be only one."""

    code: ClassVar[str] = "already_appealed"
    status: ClassVar[int] = 409


class TooManyAppeals(Refusal):
    """More appeals in a day than allowed; Retry-After says in how many seconds to try again."""

    code: ClassVar[str] = "too_many_appeals"
    status: ClassVar[int] = 429


class DailyTestLimitReached(Refusal):
    """More images of a test world in a day than the tier allows; limit and used say how many."""

    code: ClassVar[str] = "test_limit_reached"
    status: ClassVar[int] = 429


class AlreadyDecided(Refusal):
    """An appeal that an operator has decided already."""

    code: ClassVar[str] = "already_decided"
    status: ClassVar[int] = 409


class FileRefused(Refusal):
    """An upload that can't be used as an image."""

    code: ClassVar[str] = "invalid_image"
    status: ClassVar[int] = 400


class FileTooLarge(FileRefused):
    """An upload of too many bytes."""

    code: ClassVar[str] = "image_too_large"
    status: ClassVar[int] = 413


class FileTypeRefused(FileRefused):
    """An upload that is none of the formats that we decode, whatever its name says."""

    code: ClassVar[str] = "unsupported_image_type"
    status: ClassVar[int] = 415


class StorageAway(FileRefused):
    """A file that the storage neither takes nor gives just now, which is not the file's fault."""

    code: ClassVar[str] = "storage_unavailable"
    status: ClassVar[int] = 503


class LiveOnly(Refusal):
    """The process that was asked can't stream."""

    code: ClassVar[str] = "live_only"
    status: ClassVar[int] = 503
