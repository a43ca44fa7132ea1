"""Search of the operators' lists: an id, an address or a name leads to every row that it is about.

What was typed is first resolved to the few people, workspaces and tokens that it stands for; a list is then narrowed
by its foreign keys, so that a big table is only asked what its indexes answer. Which keys those are follows from the
models: a new table is searched without a word about it here.
"""

import re
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from django.apps import apps
from django.core.exceptions import FieldError
from django.db.models import Field, ForeignKey, Model, OneToOneField, Q, UUIDField
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from accounts import tokens
from accounts.models import AddressChange, ApiToken, Membership, User, Workspace
from core import ids
from core.registry import Registry

MOST: Final = 50
"""People, workspaces and tokens, each, that one word may stand for."""
LONGEST: Final = 200
HUBS: Final = (Workspace, User, ApiToken)
"""What nearly every row belongs to: two rows of one hub are not about each other."""
LOOKUPS: Final = ("exact", "iexact", "startswith")
_TYPE_ID: Final = re.compile(r"(?<![0-9a-z])([a-z]{2,5})_([0-7][0-9a-hjkmnp-tv-z]{25})(?![0-9a-z])")
_UUID: Final = re.compile(r"(?:[a-z]+:)?([0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12})")
_AROUND: Final = " \t\r\n<>()[]\"',;:\u201c\u201d\u201e\u2018\u2019\xab\xbb"
"""What stands around an id or an address in a mail or a chat."""
_ADDRESS: Final = re.compile(f"[^{re.escape(_AROUND)}]+@[^{re.escape(_AROUND)}]+")

foreign_ids = Registry[Callable[[str], Iterable[uuid.UUID]]]("beginning of ids")
"""For ids of other services by their beginning, `cus` for `cus_…`: returns the workspaces that an id belongs to."""


@dataclass(frozen=True, slots=True)
class Term:
    """What was typed, and what it stands for.

    Attributes:
        text: the id or address in it, or all of it.
        prefix: of a public id; empty for anything else.
        key: the UUID in an id.
        workspaces, users, tokens: keys of those that it stands for, at most `MOST` each.
    """

    text: str
    prefix: str = ""
    key: uuid.UUID | None = None
    workspaces: tuple[uuid.UUID, ...] = ()
    users: tuple[uuid.UUID, ...] = ()
    tokens: tuple[uuid.UUID, ...] = ()

    @property
    def is_cut(self) -> bool:
        """Whether it stands for more than are searched."""
        return max(map(len, (self.workspaces, self.users, self.tokens))) >= MOST


@cache
def kinds() -> dict[str, type[Model]]:
    """Return the models that have public ids, by prefix."""
    models = [one for one in apps.get_models() if isinstance(getattr(one, "public_id", None), property)]
    return {_public_id(model(pk=ids.NOBODY)).partition("_")[0]: model for model in models}


def term_of(request: HttpRequest, text: str) -> Term:
    """Resolve what was typed, once for each request."""
    known: dict[str, Term] = request.__dict__.setdefault("_search_terms", {})
    if text not in known:
        known[text] = resolve(text)
    return known[text]


def resolve(text: str) -> Term:
    """Find the id or address in a text, in whatever it is wrapped, and what it stands for."""
    text = text[:LONGEST].strip(_AROUND)
    lower = text.lower()
    for prefix, letters in _TYPE_ID.findall(lower):
        if prefix in kinds():
            return _of_id(f"{prefix}_{letters}", prefix)
    if found := _UUID.fullmatch(lower):
        return Term(lower, key=uuid.UUID(found[1]))
    if lower.startswith((tokens.LIVE, tokens.TEST)):
        # A whole token may have been pasted: only its visible beginning goes on.
        shown = text[: tokens.SHOWN]
        return Term(shown, tokens=_keys(ApiToken.objects.filter(prefix__startswith=shown)))
    if found := _ADDRESS.search(lower):
        users = _with_address(found[0])
        return Term(found[0], users=users, workspaces=_workspaces_of(users))
    beginning, separator, _ = lower.partition("_")
    if separator and beginning in foreign_ids.entries:
        return Term(text, workspaces=tuple(foreign_ids[beginning](text)))
    return _of_word(text) if len(text) > 1 else Term(text)


def condition(options: ModelAdmin, fields: Iterable[str], term: Term) -> Q:
    """Return what narrows a list to the rows that the term is about; an empty condition if there can be none.

    `fields` are the table's own, as `search_fields` spells them; one without a lookup is searched for a part.
    """
    model = options.model
    found = _by_key(model, term) if term.key else Q()
    for hub, keys in ((Workspace, term.workspaces), (User, term.users), (ApiToken, term.tokens)):
        if keys:
            found |= Q(pk__in=keys) if model is hub else Q()
            # Only small tables have no key of their own to it: through another one, a condition can't use an index.
            for path in _direct(model, hub) or _through(options, hub):
                found |= Q(**{f"{path}__in": keys})
    if term.key and term.prefix and (kind := kinds()[term.prefix]) is not model:
        found |= _any(_through(options, kind), term.key)
    for lookup in fields:
        is_exact = lookup.endswith(LOOKUPS)
        if term.text and (is_exact or not term.key):
            found |= Q(**{_lookup(lookup): term.text})
    more: Callable[[Term], Q] | None = getattr(options, "search_more", None)
    return found | more(term) if more else found


def is_searchable(model: type[Model]) -> bool:
    """Return whether rows of a table can be found by an id of their own or by whom they belong to."""
    return model in kinds().values() or any(related in HUBS for _, related in _relations(model))


def usable_fields(model: type[Model], fields: Iterable[str]) -> list[str]:
    """Leave out what can't be searched by: other people's admins name fields that their tables don't have."""
    return [one for one in fields if _is_usable(model, one)]


def _is_usable(model: type[Model], name: str) -> bool:
    try:
        model._default_manager.filter(**{_lookup(name): "a"})  # noqa: SLF001 -- Django's documented API
    except (FieldError, ValueError):
        return False
    return True


def _lookup(name: str) -> str:
    """Return a search field as a lookup: exactly as it says, else by a part of it."""
    name = name.lstrip("^=@")
    return name if name.endswith(LOOKUPS) else f"{name}__icontains"


def _of_id(text: str, prefix: str) -> Term:
    key = ids.parse(prefix, text)
    assert key is not None, "the pattern takes only what can be read"
    if prefix == "usr":
        return Term(text, prefix, key, users=(key,), workspaces=_workspaces_of((key,)))
    return Term(text, prefix, key, (key,) if prefix == "wsp" else (), (), (key,) if prefix == "tok" else ())


def _of_word(text: str) -> Term:
    named = Q(name__iexact=text) | Q(slug=text.lower())
    some = Q(name__icontains=text) | Q(slug__icontains=text)
    people = Q(name__icontains=text) | Q(email__icontains=text)
    users = _keys(User.objects.filter(people))
    workspaces = (
        *_keys(Workspace.objects.filter(named)), *_keys(Workspace.objects.filter(some)), *_workspaces_of(users),
    )  # fmt: skip
    return Term(text, users=users, workspaces=tuple(dict.fromkeys(workspaces))[:MOST])


def _with_address(address: str) -> tuple[uuid.UUID, ...]:
    """Find who has an address or had it; for a part of one, who has one like it."""
    before = AddressChange.objects.filter(old_email=address).values("user")
    exactly = _keys(User.objects.filter(Q(email=address) | Q(pk__in=before)))
    return exactly or _keys(User.objects.filter(email__icontains=address))


def _workspaces_of(users: tuple[uuid.UUID, ...]) -> tuple[uuid.UUID, ...]:
    rows = (
        Membership.objects.filter(user__in=users).order_by("created_at")
        if users
        else Membership.objects.none()
    )
    return tuple(dict.fromkeys(rows.values_list("workspace", flat=True)[:MOST]))


def _keys(rows: Any) -> tuple[uuid.UUID, ...]:
    return tuple(rows.values_list("pk", flat=True)[:MOST])


def _by_key(model: type[Model], term: Term) -> Q:
    """Match the row itself, rows that refer to it, those that it refers to, and those that refer to the same."""
    if not term.prefix:
        mine = [field.attname for field, related in _relations(model) if related not in HUBS]
        pk: Field[Any, Any] = model._meta.pk  # noqa: SLF001 -- as above
        keys = [*mine, "pk"] if isinstance(pk, UUIDField | ForeignKey) else mine
        return _any(keys, term.key)
    kind = kinds()[term.prefix]
    found = Q(pk=term.key) if model is kind else Q()
    found |= _any(_direct(model, kind), term.key)
    row = kind._base_manager.filter(pk=term.key).first()  # noqa: SLF001 -- as above
    for field, related in _relations(kind) if row else ():
        value = getattr(row, field.attname)
        if value is None:
            continue
        if related is model:
            found |= Q(pk=value)
        for mine_, same in _relations(model):
            if same is related and (same not in HUBS or isinstance(mine_, OneToOneField)):
                found |= Q(**{mine_.attname: value})
    return found


def _any(names: Iterable[str], value: Any) -> Q:
    found = Q()
    for name in names:
        found |= Q(**{name: value})
    return found


@cache
def _relations(model: type[Model]) -> tuple[tuple[ForeignKey[Any, Any], type[Model]], ...]:
    """Return a table's foreign keys to rows that somebody may look for."""
    known = set(kinds().values())
    keys = (one for one in model._meta.concrete_fields if isinstance(one, ForeignKey))  # noqa: SLF001 -- as above
    return tuple((one, one.related_model) for one in keys if one.related_model in known)


def _direct(model: type[Model], kind: type[Model]) -> list[str]:
    return [field.attname for field, related in _relations(model) if related is kind]


def _through(options: ModelAdmin, kind: type[Model]) -> Iterator[str]:
    """Follow the relations that an admin names in `search_through`, each to one row, to its foreign keys."""
    for name in getattr(options, "search_through", ()):
        related = options.model._meta.get_field(name).related_model  # noqa: SLF001 -- as above
        yield from (f"{name}__{field.attname}" for field, target in _relations(related) if target is kind)


def _public_id(row: Any) -> str:
    return str(row.public_id)
