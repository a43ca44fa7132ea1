"""Which parameters a route reads: seen by watching it read them, so that a new one is known without being listed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from rest_framework.serializers import Serializer

from core import ids

type Path = tuple[str, ...]
"""Where a field stands in a JSON body, from the outside; lists are passed through."""


class Files(MultiValueDict):
    """A request's, told from Django's other dictionaries of the kind."""


class Asked:
    """What was asked for since `clear`: names in a query or a form, files, members of a JSON body, kinds of ids."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self.names: set[str] = set()
        self.files: set[str] = set()
        self.fields: set[Path] = set()
        self.prefixes: set[str] = set()


@contextmanager
def watched() -> Iterator[Asked]:
    """Note every key that is looked for in a query, a form or its files, and every field of every serializer."""
    asked = Asked()

    def noting(reader: Any) -> Any:
        def read(self: MultiValueDict, key: str, *args: Any) -> Any:
            if isinstance(self, Files):
                asked.files.add(key)
            # DRF looks for None where no parameter chooses the format.
            elif isinstance(self, QueryDict) and key is not None:
                asked.names.add(key)
            return reader(self, key, *args)

        return read

    def to_internal_value(self: Serializer, data: Any) -> Any:
        asked.fields |= {_path(field) for field in self._writable_fields}
        return validated(self, data)

    def parse(prefix: str, text: str) -> Any:
        asked.prefixes.add(prefix)
        return parsed(prefix, text)

    uploaded = WSGIRequest.FILES.fget
    validated, parsed = Serializer.to_internal_value, ids.parse
    with pytest.MonkeyPatch.context() as patch:
        for name in ("__getitem__", "__contains__", "getlist", "pop", "get"):
            patch.setattr(MultiValueDict, name, noting(getattr(MultiValueDict, name)))
        patch.setattr(Serializer, "to_internal_value", to_internal_value)
        patch.setattr(ids, "parse", parse)
        patch.setattr(WSGIRequest, "FILES", property(lambda request: Files(uploaded(request).lists())))
        yield asked


def _path(field: Any) -> Path:
    path: list[str] = []
    while field is not None:
        if field.field_name:
            path.insert(0, field.field_name)
        field = field.parent
    return tuple(path)
