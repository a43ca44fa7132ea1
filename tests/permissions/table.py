"""Who may ask what: one line for each verb of each route. A route without a line fails the suite.

To add a route, add a line: `Row(verb, address, who, ok, body)`.

- `address` may name objects of Alice's workspace, which the test makes: `{purchase}` `{token}` and whatever else
  `objects` in conftest.py makes. For such a line the suite also asks for an id that never was and for one of
  Charlie's, and both answers must be the same.
- `who` is one of the patterns below: a status for each of the cast, `ok` standing for the line's own `ok`, and `own`
  for `ok` where neither address nor body name an object and 404 where they do (the stranger has a workspace of his own).
- `ok` is the status for those who may; 200 where nothing is said.
- `body` is what is sent along: JSON below /api/, /v1/ and /mcp, a form elsewhere; it may name objects too.
- `proof` is for what lets others in or takes people out, and what things cost: without fresh proof the answer is the
  way to it. The browsers of the cast have just shown theirs.

The cast: anonymous; stranger: Charlie, who owns another workspace; viewer, member, admin, owner: of Alice's workspace,
each in a browser; bare: a program whose token has every scope but the one needed; scoped: a program with that scope;
revoked: a program whose token was revoked; staff: an operator's browser, who belongs to no workspace.
"""

from dataclasses import dataclass, field
from typing import Any

CAST = ("anonymous", "stranger", "viewer", "member", "admin", "owner", "bare", "scoped", "revoked", "staff")


@dataclass(frozen=True)
class Who:
    """A status for each of the cast, and the scope that tells `bare` from `scoped`."""

    statuses: str
    scope: str = ""


@dataclass(frozen=True)
class Row:
    verb: str
    address: str
    who: Who
    ok: int = 200
    body: dict[str, Any] = field(default_factory=dict)
    proof: bool = False


# The API.         anon stranger viewer member admin owner bare scoped revoked staff
READ_IMAGES = Who("401  own      ok     ok     ok    ok    403  ok     401     403", "images:read")
READ_MONEY = Who(" 401  own      ok     ok     ok    ok    403  ok     401     403", "billing:read")
MAKE = Who("       401  own      403    ok     ok    ok    403  ok     401     403", "generations:write")
CHANGE = Who("     401  own      403    ok     ok    ok    403  ok     401     403", "images:write")
BUY = Who("        401  own      403    403    ok    ok    403  ok     401     403", "billing:write")
HOOKS = Who("      401  own      403    403    ok    ok    403  ok     401     403", "webhooks:write")
ANY_TOKEN = Who("  401  own      ok     ok     ok    ok    ok   ok     401     403")
TOKENS = Who("     401  own      403    403    ok    ok    403  ok     401     403", "tokens:write")
CLIENTS_READ = Who("401 own      403    403    ok    ok    403  ok     401     403", "clients:read")
CLIENTS = Who("    401  own      403    403    ok    ok    403  ok     401     403", "clients:write")
ADMIN_ONLY = Who(" 401  own      403    403    ok    ok    403  403    401     403", "tokens:write")
NOT_ITS_OWN = Who("401  own      403    403    ok    ok    403  404    401     403", "tokens:write")
NOBODY = Who("     404  404      404    404    404   404   404  404    404     404")

# OpenAI-compatible: for tokens alone, whatever cookie comes along.
V1_MAKE = Who("    401  401      401    401    401   401   403  ok     401     401", "generations:write")
V1_ANY = Who("     401  401      401    401    401   401   ok   ok     401     401")

# Pages: a token is no way in, and operators without a workspace are given one.
EVERYBODY = Who("  ok   ok       ok     ok     ok    ok    ok   ok     ok      ok")
VIEWERS = Who("    302  own      ok     ok     ok    ok    302  302    302     own")
WATCHERS = Who(
    "   302  own      ok     ok     ok    ok    302  302    302     403"
)  # nothing is made for a stream
MEMBERS = Who("    302  own      403    ok     ok    ok    302  302    302     own")
ADMINS = Who("     302  own      403    403    ok    ok    302  302    302     own")
OWNERS = Who("     302  own      403    403    403   ok    302  302    302     own")
FILES = Who("      404  own      ok     ok     ok    ok    404  404    404     404")
SIGNED_IN = Who("  302  ok       ok     ok     ok    ok    302  302    302     ok")

# Files: not there for whoever may not see them; a signed address is its own permission.
FILES = Who("      404  404      ok     ok     ok    ok    404  404    404     404")

NO_SESSION = Who(" 401  401      401    401    401   401   401  401    401     401")  # a token of its own

ROWS = [
    # The process itself
    Row("GET", "/healthz", EVERYBODY),
    Row("GET", "/readyz", EVERYBODY, 200),
    Row("GET", "/metrics", NO_SESSION),
    # Studio
    Row("GET", "/studio/events", WATCHERS, 503),  # the live process alone has events
    # References
    Row("GET", "/references", VIEWERS),
    Row("POST", "/references/add", MEMBERS, 302),
    Row("POST", "/references/{reference}/delete", MEMBERS, 302),
    Row("POST", "/studio/references", MEMBERS, 302, {"of": "{reference}"}),
    # Batches
    Row("GET", "/batches", VIEWERS),
    Row("GET", "/batches/new", MEMBERS),
    Row("POST", "/batches/new", MEMBERS, 422),  # no rows: the form comes back
    Row("GET", "/batches/{batch}", VIEWERS),
    Row("GET", "/batches/{draft}", VIEWERS),
    Row("GET", "/batches/{batch}/live", VIEWERS),
    Row("POST", "/batches/{draft}/settings", MEMBERS, 302, {"name": "Autumn"}),
    Row("POST", "/batches/{draft}/read", MEMBERS, 302, {"lines": "a bell"}),
    Row("POST", "/batches/{draft}/rows/1", MEMBERS, 302, {"prompt": "a bell"}),
    Row("POST", "/batches/{draft}/start", MEMBERS, 302, {"max_credits": "9"}),
    Row("POST", "/batches/{draft}/discard", MEMBERS, 302),
    Row("POST", "/batches/{batch}/pause", MEMBERS, 302),
    Row("POST", "/batches/{batch}/resume", MEMBERS, 302),
    Row("POST", "/batches/{batch}/cancel", MEMBERS, 302),
    Row("GET", "/batches/{failed}/again", MEMBERS),
    Row("POST", "/batches/{failed}/retry", MEMBERS, 302, {"max_credits": "9"}),
    Row("POST", "/batches/{batch}/zip", VIEWERS, 302),
    Row("GET", "/batches/{batch}/rows.csv", VIEWERS),
    Row("GET", "/archives/{archive}", FILES),
    # Styles
    Row("GET", "/styles", VIEWERS),
    Row("GET", "/styles/new", MEMBERS),
    Row("GET", "/styles/new", MEMBERS, body={"from": "{style}"}),
    Row("GET", "/styles/{style}", VIEWERS),
    Row("POST", "/styles/save", MEMBERS, 422),  # an empty form comes back
    Row(
        "POST",
        "/styles/save",
        MEMBERS,
        302,
        {"style": "{style}", "name": "{style}", "template": "{prompt}, calm"},
    ),
    Row("POST", "/styles/sent", VIEWERS),
    Row("POST", "/styles/sent", VIEWERS, body={"style": "{style}"}),
    Row("POST", "/styles/try", MEMBERS, 409),  # no price was shown
    Row(
        "POST",
        "/styles/try",
        MEMBERS,
        body={"style": "{style}", "template": "{prompt}, calm", "name": "Calm", "max_credits": "10"},
    ),
    Row("GET", "/styles/trial/{trial}", VIEWERS),
    Row("POST", "/styles/{style}/delete", MEMBERS, 302),
    Row("POST", "/styles/{style}/default", MEMBERS, 302),
    Row("GET", "/files/{image}/original", FILES),
    Row("GET", "/files/{image}/thumbnail", FILES),
    # Partner API, images
    Row("POST", "/api/v1/quotes", READ_IMAGES, body={"prompt": "a lighthouse"}),
    Row("GET", "/api/v1/generations", READ_IMAGES),
    Row("POST", "/api/v1/generations", MAKE, 202, {"prompt": "a lighthouse"}),
    Row("POST", "/api/v1/generations", MAKE, 202, {"quote": "{quote}"}),
    Row("GET", "/api/v1/generations/{generation}", READ_IMAGES),
    Row("POST", "/api/v1/generations/{generation}/cancel", MAKE),
    Row("GET", "/api/v1/generations/{appealed}/appeal", READ_IMAGES),
    Row("POST", "/api/v1/generations/{refused}/appeal", MAKE, 201),
    Row(
        "GET", "/api/v1/generations/{generation}/events", READ_IMAGES, 503
    ),  # the live process alone has events
    Row("GET", "/api/v1/images", READ_IMAGES),
    Row("GET", "/api/v1/images/{image}", READ_IMAGES),
    Row("PATCH", "/api/v1/images/{image}", CHANGE, body={"favorite": True}),
    Row("DELETE", "/api/v1/images/{image}", CHANGE, 204),
    Row("GET", "/api/v1/images/{image}/download", READ_IMAGES, 302),
    Row("GET", "/api/v1/references", READ_IMAGES),
    Row("POST", "/api/v1/references", MAKE, 400),  # no picture, no link
    Row("GET", "/api/v1/references/{reference}", READ_IMAGES),
    Row("DELETE", "/api/v1/references/{reference}", CHANGE, 204),
    Row("POST", "/api/v1/generations", MAKE, 202, {"prompt": "a lighthouse", "references": ["{reference}"]}),
    Row(
        "POST", "/api/v1/quotes", READ_IMAGES, body={"prompt": "a lighthouse", "references": ["{reference}"]}
    ),
    Row("GET", "/api/v1/batches", READ_IMAGES),
    Row("POST", "/api/v1/batches", MAKE, 202, {"rows": [{"prompt": "a lighthouse"}]}),
    Row("POST", "/api/v1/batches", MAKE, 400),  # an empty batch is refused after who asks is known
    Row("GET", "/api/v1/batches/{batch}", READ_IMAGES),
    Row("DELETE", "/api/v1/batches/{draft}", MAKE, 204),
    Row("GET", "/api/v1/batches/{batch}/rows", READ_IMAGES),
    Row("POST", "/api/v1/batches/{draft}/start", MAKE, 202),
    Row("POST", "/api/v1/batches/{batch}/pause", MAKE),
    Row("POST", "/api/v1/batches/{batch}/resume", MAKE),
    Row("POST", "/api/v1/batches/{batch}/cancel", MAKE),
    Row("POST", "/api/v1/batches/{batch}/retry", MAKE, 409),  # nothing of it failed
    Row("POST", "/api/v1/batches/{batch}/archive", READ_IMAGES, 202),
    Row("GET", "/api/v1/batches/{batch}/archive", READ_IMAGES),
    Row("GET", "/api/v1/styles", READ_IMAGES),
    Row("POST", "/api/v1/styles", CHANGE, 400),  # an empty style is refused after who asks is known
    Row("GET", "/api/v1/styles/{style}", READ_IMAGES),
    Row("PATCH", "/api/v1/styles/{style}", CHANGE, body={"summary": "Calm"}),
    Row("DELETE", "/api/v1/styles/{style}", CHANGE, 204),
    Row("POST", "/api/v1/generations", MAKE, 202, {"prompt": "a lighthouse", "style": "{style}"}),
    Row("POST", "/api/v1/quotes", READ_IMAGES, body={"prompt": "a lighthouse", "style": "{style}"}),
    Row("GET", "/api/v1/models", ANY_TOKEN),
    Row("GET", "/api/v1/models/gpt-image-2", ANY_TOKEN),
    # Partner API, money
    Row("GET", "/api/v1/balance", READ_MONEY),
    Row("POST", "/api/v1/test-world/refill", BUY, 403),  # the cast's tokens are live
    Row("GET", "/api/v1/transfers", READ_MONEY),
    Row("GET", "/api/v1/packs", READ_MONEY),
    Row("GET", "/api/v1/purchases", READ_MONEY),
    Row("POST", "/api/v1/purchases", BUY, 404, {"pack": "there is none"}),
    Row("GET", "/api/v1/purchases/{purchase}", READ_MONEY),
    Row("GET", "/api/v1/usage", READ_MONEY),
    Row("GET", "/api/v1/usage.csv", READ_MONEY),
    # Partner API, who
    Row("GET", "/api/v1/workspace", ANY_TOKEN),
    Row("PATCH", "/api/v1/workspace", TOKENS, body={"spending_locked": True}),
    Row("GET", "/api/v1/members", TOKENS),
    Row("GET", "/api/v1/members/{member}", TOKENS),
    Row("PATCH", "/api/v1/members/{member}", ADMIN_ONLY, body={"caps": {"day": 5}}),
    Row("GET", "/api/v1/tokens", TOKENS),
    Row("POST", "/api/v1/tokens", TOKENS, 201, {"name": "shop", "scopes": ["tokens:write"]}),
    # A token reaches those alone that it made.
    Row("GET", "/api/v1/tokens/{token}", NOT_ITS_OWN),
    Row("PATCH", "/api/v1/tokens/{token}", NOT_ITS_OWN, body={"name": "Shop"}),
    Row("POST", "/api/v1/tokens/{token}/rotate", NOT_ITS_OWN),
    Row("DELETE", "/api/v1/tokens/{token}", NOT_ITS_OWN, 204),
    # Partner API, clients
    Row("GET", "/api/v1/clients", CLIENTS_READ),
    Row("POST", "/api/v1/clients", CLIENTS, 201, {"name": "Kiosk"}),
    Row("GET", "/api/v1/clients/{client}", CLIENTS_READ),
    Row("PATCH", "/api/v1/clients/{client}", CLIENTS, body={"name": "Shop"}),
    Row("POST", "/api/v1/clients/{client}/fund", CLIENTS, body={"credits": 1}),
    Row("POST", "/api/v1/clients/{client}/withdraw", CLIENTS, body={"credits": 1}),
    Row("POST", "/api/v1/clients/{client}/suspend", CLIENTS),
    Row("POST", "/api/v1/clients/{client}/resume", CLIENTS),
    Row("GET", "/api/v1/clients/{client}/transfers", CLIENTS_READ),
    Row("GET", "/api/v1/clients/{client}/usage", CLIENTS_READ),
    Row("POST", "/api/v1/clients/{client}/close", CLIENTS),
    Row("POST", "/api/v1/leaked-tokens", EVERYBODY, 202, {"tokens": ["cio_live_none"]}),
    # Partner API, webhooks
    Row("GET", "/api/v1/events", HOOKS),
    Row("GET", "/api/v1/webhook-endpoints", HOOKS),
    Row("POST", "/api/v1/webhook-endpoints", HOOKS, 400),  # nothing is named after who asks is known
    Row("GET", "/api/v1/webhook-endpoints/{endpoint}", HOOKS),
    Row("PATCH", "/api/v1/webhook-endpoints/{endpoint}", HOOKS, body={"description": "Shop"}),
    Row("DELETE", "/api/v1/webhook-endpoints/{endpoint}", HOOKS, 204),
    Row("POST", "/api/v1/webhook-endpoints/{endpoint}/rotate-secret", HOOKS),
    Row("POST", "/api/v1/webhook-secret/rotate", HOOKS),
    Row("POST", "/api/v1/webhook-endpoints/{endpoint}/test", HOOKS, 202),
    Row("GET", "/api/v1/webhook-endpoints/{endpoint}/deliveries", HOOKS),
    Row("POST", "/api/v1/webhook-endpoints/{endpoint}/deliveries/{delivery}/redeliver", HOOKS, 202),
    # OpenAI-compatible; an empty order is refused after who asks is known
    Row("POST", "/v1/images/generations", V1_MAKE, 400),
    Row("POST", "/v1/images/edits", V1_MAKE, 400),
    Row("POST", "/mcp", V1_ANY, 503),  # the live process alone serves it
    Row("GET", "/v1/models", V1_ANY),
    Row("GET", "/v1/models/gpt-image-2", V1_ANY),
    Row("GET", "/v1/chat/completions", NOBODY),
    # Partner API, about itself
    Row("POST", "/fal/webhook", EVERYBODY, 400),  # nobody is fal
    Row("GET", "/api/schema/", EVERYBODY),
    Row("GET", "/api/docs/", EVERYBODY),
    Row("GET", "/api/docs/generations_create/", EVERYBODY),
    Row("GET", "/api/docs/errors/", EVERYBODY, 301),
    Row("GET", "/developers/docs", EVERYBODY),
    Row("GET", "/developers/docs.md", EVERYBODY),
    Row("GET", "/developers/docs/search.json", EVERYBODY),
    Row("GET", "/developers/docs/webhooks", EVERYBODY),
    Row("GET", "/developers/docs/webhooks.md", EVERYBODY),
    Row("GET", "/changelog", EVERYBODY),
    Row("GET", "/changelog.md", EVERYBODY),
    Row("GET", "/changelog.atom", EVERYBODY),
    Row("GET", "/changelog/models.atom", EVERYBODY),
    Row("GET", "/api/docs", EVERYBODY, 301),
    Row("GET", "/api/v1/there-is-no-such-thing", NOBODY),
    Row("POST", "/api/v1/there-is-no-such-thing", NOBODY),
    # Money
    Row("GET", "/pricing", EVERYBODY),
    Row("GET", "/billing", VIEWERS),
    Row("POST", "/billing/buy", ADMINS, 302, {"pack": "nonsense"}),
    Row("POST", "/billing/alert", ADMINS, 302, {"threshold": "100"}),
    Row(
        "POST",
        "/billing/top-up",
        OWNERS,
        302,
        {"threshold": "100", "pack": "starter", "per_day": "1"},
        proof=True,
    ),
    Row("POST", "/billing/top-up/card", OWNERS, 303, proof=True),  # to Stripe
    Row("GET", "/billing/top-up/saved", OWNERS, 302),
    Row("POST", "/billing/refill", MEMBERS, 302),
    Row("GET", "/billing/test/{rehearsed}", ADMINS),
    Row("POST", "/billing/test/{rehearsed}", ADMINS, 302, {"pay": ""}),
    Row("GET", "/billing/statement.csv", VIEWERS),
    Row("GET", "/billing/purchases", VIEWERS),
    Row("GET", "/billing/return/{purchase}", VIEWERS),
    Row("POST", "/stripe/webhook/7b1a4c1e-5d0a-4d6f-9a53-0c0ffee51ab1/", EVERYBODY, 400),  # nobody is Stripe
    # Front page and catalog
    Row("GET", "/", EVERYBODY),
    Row("GET", "/llms.txt", EVERYBODY),
    Row("GET", "/llms-full.txt", EVERYBODY),
    Row("GET", "/models", EVERYBODY),
    Row("GET", "/verify", EVERYBODY),
    Row("POST", "/verify", EVERYBODY, 400, {"sha256": "none"}),
    Row("GET", "/models/gpt-image-2", EVERYBODY),
    # Studio
    Row("GET", "/studio", VIEWERS),
    Row("GET", "/studio/composer", MEMBERS),
    Row("GET", "/studio/prompts", MEMBERS),
    Row("GET", "/studio/live", VIEWERS),
    Row("POST", "/studio/quote", MEMBERS),
    Row("POST", "/studio/generate", MEMBERS, 422, {"prompt": "", "model": "gpt-image-2", "max_credits": "9"}),
    Row("POST", "/studio/buy", MEMBERS, 302),
    Row("POST", "/studio/references", MEMBERS, 302),
    Row("POST", "/studio/generations/{generation}/again", MEMBERS, 302),
    Row("POST", "/studio/generations/{generation}/cancel", MEMBERS, 302),
    Row("GET", "/studio/generations/{generation}/code", VIEWERS),
    Row("GET", "/studio/generations/{refused}/appeal", MEMBERS),
    Row("POST", "/studio/generations/{refused}/appeal", MEMBERS, 302),
    # Gallery
    Row("GET", "/gallery", VIEWERS),
    Row("POST", "/gallery/delete", MEMBERS, 302),
    Row("GET", "/gallery/compare", VIEWERS, body={"a": "{image}", "b": "{image}"}),
    Row("GET", "/gallery/{image}", VIEWERS),
    Row("POST", "/gallery/{image}/favorite", VIEWERS, 302),
    Row("POST", "/gallery/{image}/delete", MEMBERS, 302),
    # Workspaces
    Row("POST", "/workspace/switch", VIEWERS, 302, {"workspace": "nowhere"}),
    Row("POST", "/workspace/world", VIEWERS, 302, {"world": "live"}),
    Row("GET", "/workspace", VIEWERS),
    Row("POST", "/workspace/rename", ADMINS, 302, {"name": "Atelier"}),
    Row("POST", "/workspace/new", VIEWERS, 302, {"name": "Atelier"}),
    Row("GET", "/workspace/usage", VIEWERS),
    Row("GET", "/workspace/usage.csv", VIEWERS),
    Row("GET", "/workspace/spending", ADMINS),
    Row("POST", "/workspace/spending/caps", ADMINS, 302, {"who": "{token}", "day": "5"}, proof=True),
    Row("POST", "/workspace/spending/lock", ADMINS, 302),
    Row("POST", "/workspace/spending/unlock", ADMINS, 302, proof=True),
    Row("POST", "/workspace/models", ADMINS, 302, {"use": "on"}),
    Row("POST", "/workspace/leave", VIEWERS, 302, proof=True),
    Row("POST", "/workspace/members/{member}/role", ADMINS, 302, {"role": "viewer"}, proof=True),
    Row("POST", "/workspace/members/{member}/remove", ADMINS, 302, proof=True),
    Row("POST", "/workspace/members/{member}/transfer", OWNERS, 302, proof=True),
    Row(
        "POST",
        "/workspace/invitations",
        ADMINS,
        302,
        {"email": "lena@example.com", "role": "member"},
        proof=True,
    ),
    Row("POST", "/workspace/invitations/{invitation}/send", ADMINS, 302, proof=True),
    Row("POST", "/workspace/invitations/{invitation}/withdraw", ADMINS, 302),
    Row("GET", "/invitation/some-secret", NOBODY),
    Row("GET", "/invitation", NOBODY),
    Row("POST", "/invitation/accept", SIGNED_IN, 404),
    # Developers
    Row("GET", "/files/{image}/thumbnail", FILES),
    Row("GET", "/developers", VIEWERS),
    Row("POST", "/developers/tokens", ADMINS, 200, {"name": "shop", "scopes": "images:read"}, proof=True),
    Row("POST", "/developers/tokens/{token}/revoke", ADMINS, 302),
    Row("GET", "/developers/webhooks", ADMINS),
    Row("POST", "/developers/webhooks/new", ADMINS, 422, proof=True),
    Row("POST", "/developers/webhooks/secret", ADMINS, proof=True),
    Row("GET", "/developers/webhooks/{endpoint}", ADMINS),
    Row("POST", "/developers/webhooks/{endpoint}/save", ADMINS, 422, proof=True),
    Row("POST", "/developers/webhooks/{endpoint}/switch", ADMINS, 302),
    Row("POST", "/developers/webhooks/{endpoint}/test", ADMINS, 302),
    Row("POST", "/developers/webhooks/{endpoint}/rotate", ADMINS, proof=True),
    Row("POST", "/developers/webhooks/{endpoint}/delete", ADMINS, 302, proof=True),
    Row("POST", "/developers/webhooks/{endpoint}/deliveries/{delivery}/again", ADMINS, 302),
    # Oneself
    Row("GET", "/address/undo", NOBODY),
    Row("GET", "/address/undo/some-secret", NOBODY),
    Row("GET", "/settings", SIGNED_IN),
    Row("POST", "/settings/profile", SIGNED_IN, 302, {"name": "Alice Liddell"}),
    Row("POST", "/settings/sessions/end", SIGNED_IN, 302),
    Row("POST", "/settings/sessions/1/end", SIGNED_IN, 404),
]

GROUPS = {
    "admin/": "Operators alone: every page of it that takes no argument, and each action of ours, is asked by each of the cast.",
    "accounts/": "allauth's own pages, whose access allauth tests; what is ours about them is in tests/accounts.",
}
"""Routes that are not listed one by one, by how they begin."""
