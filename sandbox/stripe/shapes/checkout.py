"""Checkout sessions, their line items, and the invoices that they leave behind."""

from typing import Any

from sandbox.stripe.shapes.standalone import ADDRESS
from sandbox.stripe.store import Object, new_id, now

DYNAMIC = {"payment": ["card"], "setup": ["card", "us_bank_account"]}
"""Payment methods that a page offers where nobody says which."""


def line_item(price: Object, description: str, quantity: int) -> Object:
    amount = price["unit_amount"] * quantity
    return {
        "id": new_id("li"),
        "object": "item",
        "adjustable_quantity": None,
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": price["currency"],
        "description": description,
        "metadata": {},
        "price": price,
        "quantity": quantity,
    }


def session(params: dict[str, Any], items: list[Object], base_url: str) -> Object:
    id_ = new_id("cs_test", 58)
    total = sum(item["amount_total"] for item in items) if items else None
    invoice_creation = params.get("invoice_creation") or {}
    return {
        "id": id_,
        "object": "checkout.session",
        "_line_items": items,
        "_payment_intent_data": params.get("payment_intent_data") or {},
        "_setup_intent_data": params.get("setup_intent_data") or {},
        "_customer_update": params.get("customer_update") or {},
        "adaptive_pricing": {"enabled": False},
        "after_expiration": None,
        "allow_promotion_codes": None,
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "billing_address_collection": params.get("billing_address_collection"),
        "cancel_url": params.get("cancel_url"),
        "client_reference_id": params.get("client_reference_id"),
        "client_secret": None,
        "collected_information": {"business_name": None, "individual_name": None, "shipping_details": None},
        "consent": None,
        "consent_collection": None,
        "created": now(),
        "currency": items[0]["currency"] if items else params.get("currency"),
        "currency_conversion": None,
        "custom_fields": [],
        "custom_text": {
            "after_submit": None,
            "shipping_address": None,
            "submit": None,
            "terms_of_service_acceptance": None,
        },
        "customer": params.get("customer"),
        "customer_account": None,
        "customer_creation": None
        if params.get("customer")
        else params.get("customer_creation") or "if_required",
        "customer_details": None,
        "customer_email": params.get("customer_email"),
        "discounts": [],
        "expires_at": int(params.get("expires_at") or now() + 86_400),
        "integration_identifier": None,
        "invoice": None,
        "invoice_creation": {
            "enabled": invoice_creation.get("enabled") == "true",
            "invoice_data": {
                "account_tax_ids": None,
                "custom_fields": None,
                "description": None,
                "footer": None,
                "issuer": None,
                "metadata": {},
                "rendering_options": None,
                **(invoice_creation.get("invoice_data") or {}),
            },
        },
        "livemode": False,
        "locale": params.get("locale"),
        "managed_payments": {"enabled": False},
        "metadata": params.get("metadata") or {},
        "mode": params["mode"],
        "origin_context": None,
        "payment_intent": None,
        "payment_link": None,
        "payment_method_collection": "if_required",
        "payment_method_configuration_details": None,
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": params.get("payment_method_types") or DYNAMIC[params["mode"]],
        "payment_status": "unpaid" if params["mode"] == "payment" else "no_payment_required",
        "permissions": None,
        "phone_number_collection": {"enabled": False},
        "recovered_from": None,
        "saved_payment_method_options": None,
        "setup_intent": None,
        "shipping_address_collection": None,
        "shipping_cost": None,
        "shipping_options": [],
        "status": "open",
        "submit_type": params.get("submit_type"),
        "subscription": None,
        "success_url": params.get("success_url"),
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": f"{base_url}/stripe/pay/{id_}",
        "wallet_options": None,
    }


def customer_details(customer: Object | None, email: str | None) -> dict[str, Any]:
    known = customer or {}
    return {
        "address": known.get("address") or {**ADDRESS, "country": "US", "postal_code": "94107"},
        "business_name": None,
        "email": known.get("email") or email or "payer@example.com",
        "individual_name": None,
        "name": known.get("name") or "Sandbox Payer",
        "phone": known.get("phone"),
        "tax_exempt": "none",
        "tax_ids": [],
    }


def invoice(bought: Object, intent: Object, number: str, base_url: str) -> Object:
    """The paid invoice of a session."""
    id_, at, total = new_id("in"), now(), bought["amount_total"]
    tax = bought["total_details"]["amount_tax"]
    details, data = bought["customer_details"], bought["invoice_creation"]["invoice_data"]
    lines = [_invoice_line(id_, item, at) for item in bought["_line_items"]]
    return {
        "id": id_,
        "object": "invoice",
        "account_country": "US",
        "account_name": "Sandbox",
        "account_tax_ids": None,
        "amount_due": total,
        "amount_overpaid": 0,
        "amount_paid": total,
        "amount_remaining": 0,
        "amount_shipping": 0,
        "application": None,
        "attempt_count": 1,
        "attempted": True,
        "auto_advance": False,
        "automatic_tax": {"disabled_reason": None, **bought["automatic_tax"]},
        "automatically_finalizes_at": None,
        "billing_reason": "manual",
        "collection_method": "charge_automatically",
        "created": at,
        "currency": bought["currency"],
        "custom_fields": None,
        "customer": bought["customer"],
        "customer_account": None,
        "customer_address": details["address"],
        "customer_email": details["email"],
        "customer_name": details["name"],
        "customer_phone": details["phone"],
        "customer_shipping": None,
        "customer_tax_exempt": "none",
        "customer_tax_ids": [],
        "default_payment_method": None,
        "default_source": None,
        "default_tax_rates": [],
        "description": data.get("description"),
        "discounts": [],
        "due_date": None,
        "effective_at": at,
        "ending_balance": 0,
        "footer": data.get("footer"),
        "from_invoice": None,
        "hosted_invoice_url": f"{base_url}/stripe/invoices/{id_}",
        "invoice_pdf": f"{base_url}/stripe/invoices/{id_}/pdf",
        "issuer": {"type": "self"},
        "last_finalization_error": None,
        "latest_revision": None,
        "lines": {"object": "list", "data": lines, "has_more": False, "url": f"/v1/invoices/{id_}/lines"},
        "livemode": False,
        "metadata": data.get("metadata") or {},
        "next_payment_attempt": None,
        "number": number,
        "on_behalf_of": None,
        "parent": None,
        "payment_settings": {
            "default_mandate": None,
            "payment_method_options": None,
            "payment_method_types": None,
        },
        "payments": {
            "object": "list",
            "data": [_invoice_payment(id_, intent, total, at)],
            "has_more": False,
            "url": f"/v1/invoice_payments?invoice={id_}",
        },
        "period_end": at,
        "period_start": at,
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "receipt_number": None,
        "rendering": None,
        "shipping_cost": None,
        "shipping_details": None,
        "starting_balance": 0,
        "statement_descriptor": None,
        "status": "paid",
        "status_transitions": {
            "finalized_at": at,
            "marked_uncollectible_at": None,
            "paid_at": at,
            "voided_at": None,
        },
        "subscription": None,
        "subtotal": bought["amount_subtotal"],
        "subtotal_excluding_tax": total - tax,
        "test_clock": None,
        "total": total,
        "total_discount_amounts": [],
        "total_excluding_tax": total - tax,
        "total_pretax_credit_amounts": [],
        "total_taxes": _taxes(bought["_line_items"]),
        "webhooks_delivered_at": at,
    }


def _invoice_line(invoice_id: str, item: Object, at: int) -> Object:
    price = item["price"]
    return {
        "id": new_id("il"),
        "object": "line_item",
        "amount": item["amount_total"],
        "currency": item["currency"],
        "description": item["description"],
        "discount_amounts": [],
        "discountable": True,
        "discounts": [],
        "invoice": invoice_id,
        "livemode": False,
        "metadata": {},
        "parent": None,
        "period": {"end": at, "start": at},
        "pretax_credit_amounts": [],
        "pricing": {
            "price_details": {"price": price["id"], "product": price["product"]},
            "type": "price_details",
            "unit_amount_decimal": price["unit_amount_decimal"],
        },
        "quantity": item["quantity"],
        "quantity_decimal": str(item["quantity"]),
        "subscription": None,
        "subtotal": item["amount_subtotal"],
        "taxes": _taxes([item]),
    }


def _taxes(items: list[Object]) -> list[dict[str, Any]]:
    return [
        {
            "amount": item["amount_tax"],
            "tax_behavior": "exclusive" if item["amount_total"] > item["amount_subtotal"] else "inclusive",
            "tax_rate_details": None,
            "taxability_reason": "standard_rated",
            "taxable_amount": item["amount_total"] - item["amount_tax"],
            "type": "tax_rate_details",
        }
        for item in items
        if item["amount_tax"]
    ]


def _invoice_payment(invoice_id: str, intent: Object, total: int, at: int) -> Object:
    return {
        "id": new_id("inpay"),
        "object": "invoice_payment",
        "amount_paid": total,
        "amount_requested": total,
        "created": at,
        "currency": intent["currency"],
        "invoice": invoice_id,
        "is_default": True,
        "livemode": False,
        "payment": {"payment_intent": intent["id"], "type": "payment_intent"},
        "status": "paid",
        "status_transitions": {"canceled_at": None, "paid_at": at},
    }
