"""An operator gives or takes credits by hand: once for each form, with one line in the audit trail."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from accounts.models import AuditEvent


@pytest.fixture
def page(workspace, fund):
    fund(workspace, 10)
    return reverse("admin:billing_wallet_adjust", args=[workspace.pk])


def send(browser, page, credits, key="one"):
    return browser.post(page, {"credits": str(credits), "reason": "A mistake", "key": key})


def test_the_form_sent_twice_adjusts_once_and_is_noted_once(page, operator, client_for, have):
    browser = client_for(operator)
    for _ in range(2):
        assert send(browser, page, -7).status_code == 302
    assert have().available == 3
    assert AuditEvent.objects.filter(action="wallet.adjusted").count() == 1


def test_more_than_there_is_is_refused_and_not_noted(page, operator, client_for, have):
    answer = send(client_for(operator), page, -11)
    assert "Only 10 credits can be taken away" in answer.content.decode()
    assert have().available == 10
    assert not AuditEvent.objects.filter(action="wallet.adjusted").exists()


def test_an_adjustment_that_can_not_be_noted_is_not_made(page, operator, client_for, have):
    browser = client_for(operator)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_auditevent ADD CONSTRAINT broken CHECK (false) NOT VALID")
    with pytest.raises(IntegrityError), transaction.atomic():
        send(browser, page, 5)
    assert have().available == 10
