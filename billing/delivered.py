"""What was delivered for credits, for whoever has to prove it.

Billing knows `image:<uuid>` and no more. An upper app registers a resolver for its prefix when it is ready, as for
statements (`billing.references`); one call describes a page of them.
"""

import datetime as dt
from dataclasses import dataclass

from billing.references import Describers


@dataclass(frozen=True, slots=True)
class Delivered:
    """A thing that was delivered.

    Attributes:
        id: its public id.
        prompt: the beginning of what was asked for.
        asked_at: when that was.
        asked_by: who asked, by person or token.
        through: by what: Studio, API.
        model: what made it.
        at: when it was there to be seen and downloaded.
        sha256: of its bytes, in hexadecimal.
        kind: format and size, for example "png, 1024 by 1024".
        thumbnail: address of a small picture, good for minutes; nothing where the picture was deleted.
        picture: key in storage of a picture of medium size; nothing where it was deleted.
    """

    id: str
    prompt: str
    asked_at: dt.datetime
    asked_by: str
    through: str
    model: str
    at: dt.datetime | None
    sha256: str
    kind: str
    thumbnail: str
    picture: str


describers = Describers[Delivered]("delivery")
