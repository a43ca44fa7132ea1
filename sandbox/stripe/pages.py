"""Web pages of Stripe's twin: payment, receipts and invoices. No script, and nothing from elsewhere."""

from html import escape
from pathlib import Path
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox.stripe import checkout
from sandbox.stripe.errors import StripeError
from sandbox.stripe.store import Object
from sandbox.stripe.twin import Twin

STYLE = (Path(__file__).parent / "pay.css").read_text()
FRAME = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title} · sandbox</title>
<link rel="stylesheet" href="/stripe/pay.css">
<link rel="icon" href="data:,">
</head>
<body>
<p class="banner"><strong>Sandbox</strong> &ndash; no real money moves here</p>
<main>
{body}
</main>
</body>
</html>
"""
BUTTONS = """<form method="post" class="actions">
<button name="action" value="pay" class="primary">{pay}</button>
<button name="action" value="decline">Decline the card</button>
{later}<button name="action" value="close" class="quiet">Close and go back</button>
</form>"""
LATER = '<button name="action" value="pay_later">Pay by bank debit (arrives later)</button>\n'
MARKS = {"usd": "$", "eur": "€", "gbp": "£"}


def money(amount: int, currency: str) -> str:
    """1000, usd → $10.00."""
    mark = MARKS.get(currency)
    number = f"{amount // 100:,}.{amount % 100:02}"
    return f"{mark}{number}" if mark else f"{number} {currency.upper()}"


def page(title: str, body: str, targets: tuple[str | None, ...] = (), status: int = 200) -> HTMLResponse:
    """A page; its forms may lead to this origin and to those of the target URLs."""
    origins = {f"{urlsplit(url).scheme}://{urlsplit(url).netloc}" for url in targets if url}
    policy = (
        "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action 'self' {' '.join(sorted(origins))}"
    )
    headers = {
        "content-security-policy": policy.strip(),
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
    }
    return HTMLResponse(FRAME.format(title=escape(title), body=body), status, headers)


def _twin(request: Request) -> Twin:
    twin: Twin = request.app.state.stripe
    twin.base_url = f"{request.url.scheme}://{request.url.netloc}"
    return twin


def missing_page(what: str) -> Response:
    body = f"<h1>No such {what}</h1><p>The sandbox may have been reset since the link was made.</p>"
    return page(f"No such {what}", body, status=404)


async def pay_page(request: Request) -> Response:
    """GET shows the session, POST does what the button says."""
    twin = _twin(request)
    try:
        session = twin.store.get("checkout.session", request.path_params["id"])
    except StripeError:
        return missing_page("payment")
    message = ""
    if request.method == "POST":
        async with request.form() as form:
            action = form.get("action")
        if action == "close":
            return RedirectResponse(checkout.return_url(session, paid=False), 303)
        if session["status"] == "open" and action in ("pay", "pay_later", "decline"):
            {"pay": checkout.pay, "pay_later": checkout.pay_later, "decline": checkout.decline}[action](
                twin, session
            )
            twin.store.dirty = True
        if session["status"] == "complete":
            return RedirectResponse(checkout.return_url(session, paid=True), 303)
        message = "<p class='alert' role='alert'>Your card was declined. You were not charged; try again or go back.</p>"
    return page("Payment", _session_body(session, message), (session["success_url"], session["cancel_url"]))


def _session_body(session: Object, message: str) -> str:
    if session["status"] != "open":
        word = {"complete": "has been completed", "expired": "has expired"}[session["status"]]
        back = escape(checkout.return_url(session, paid=session["status"] == "complete"))
        return f"<h1>This payment {word}</h1><p><a class='button' href='{back}' rel='noreferrer'>Back to the shop</a></p>"
    if session["mode"] == "setup":
        head = "<h1>Save a card</h1><p class='muted'>A test card ending in 4242 will be saved. Nothing is charged.</p>"
        return head + message + BUTTONS.format(pay="Save card", later="")
    total = money(session["amount_total"], session["currency"])
    lines = "".join(
        f"<li><span>{escape(item['description'] or '')}"
        f"{f' &times; {item["quantity"]}' if item['quantity'] > 1 else ''}</span>"
        f"<span>{money(item['amount_total'], item['currency'])}</span></li>"
        for item in session["_line_items"]
    )
    who = session["customer_email"]
    email = f"<p class='muted'>{escape(who)}</p>" if who else ""
    head = f"<h1><small>Pay</small> {total}</h1>{email}<ul class='lines'>{lines}<li class='total'><span>Total</span><span>{total}</span></li></ul>"
    card = "<p class='card'><span>Test card</span><span>•••• 4242</span><span>12 / 34</span></p>"
    return head + card + message + BUTTONS.format(pay=f"Pay {total}", later=LATER)


async def receipt(request: Request) -> Response:
    twin = _twin(request)
    try:
        charged = twin.store.get("charge", request.path_params["id"])
    except StripeError:
        return missing_page("receipt")
    rows = [
        ("Paid", money(charged["amount"], charged["currency"])),
        ("Refunded", money(charged["amount_refunded"], charged["currency"])),
    ]
    rows += [
        ("Card", f"•••• {charged['payment_method_details']['card']['last4']}"),
        ("Number", charged["id"]),
    ]
    return page("Receipt", "<h1>Receipt</h1>" + _rows(rows))


async def invoice(request: Request) -> Response:
    twin = _twin(request)
    try:
        found = twin.store.get("invoice", request.path_params["id"])
    except StripeError:
        return missing_page("invoice")
    rows = [(line["description"], money(line["amount"], line["currency"])) for line in found["lines"]["data"]]
    rows += [
        ("Total, paid", money(found["total"], found["currency"])),
        ("Billed to", found["customer_email"] or ""),
    ]
    link = f"<p><a class='button' href='{escape(found['invoice_pdf'])}'>Download PDF</a></p>"
    return page("Invoice", f"<h1>Invoice {escape(found['number'])}</h1>" + _rows(rows) + link)


def _rows(rows: list[tuple[str, str]]) -> str:
    return (
        "<ul class='lines'>"
        + "".join(f"<li><span>{escape(a)}</span><span>{escape(b)}</span></li>" for a, b in rows)
        + "</ul>"
    )


async def invoice_pdf(request: Request) -> Response:
    """One page, one font, no library: ISO 32000-1, 7.5."""
    twin = _twin(request)
    try:
        found = twin.store.get("invoice", request.path_params["id"])
    except StripeError:
        return missing_page("invoice")
    texts = [
        "Sandbox - no real money",
        f"Invoice {found['number']}",
        *(line["description"] or "" for line in found["lines"]["data"]),
    ]
    texts.append(f"Total paid: {found['total'] / 100:.2f} {found['currency'].upper()}")
    shown = " T* ".join(
        "({}) Tj".format(text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")) for text in texts
    )
    stream = f"BT /F1 14 Tf 24 TL 72 760 Td {shown} ET".encode("latin-1", "replace")
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    file, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(file)
    content = file + b"xref\n0 6\n0000000000 65535 f \n" + table + trailer
    return Response(
        content,
        media_type="application/pdf",
        headers={"content-disposition": f'inline; filename="{found["number"]}.pdf"'},
    )


async def style(request: Request) -> Response:
    return Response(STYLE, media_type="text/css")


routes = [
    Route("/pay.css", style),
    Route("/pay/{id}", pay_page, methods=["GET", "POST"]),
    Route("/receipts/{id}", receipt),
    Route("/invoices/{id}", invoice),
    Route("/invoices/{id}/pdf", invoice_pdf),
]
