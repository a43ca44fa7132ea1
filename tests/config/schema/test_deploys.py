"""During each deploy, old processes run beside a newer schema, and beside functions that were installed for newer ones."""

import json
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.core.files.base import ContentFile
from django.db import connection
from django.db.migrations import AddField, CreateModel
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone
from rest_framework.test import APIClient

from accounts import tokens
from accounts.models import Scope
from api.webhooks import endpoints
from billing import ledger
from billing.accounting import closing
from billing.clients import clients
from billing.ledger import caps
from billing.models import AutoTopUp, CapKind, CapPeriod, Purchase
from billing.plans import offers
from billing.purchases import auto_top_up_consent, low_balance_mail
from billing.reconciliation import proven
from config.environment import ROOT
from generation.catalog.parameters import ImageParameters
from generation.lifecycle import claims
from generation.models import Generation, Image, Outcome, Reason
from generation.models.attempt import Blame
from generation.orders.order import Order
from generation.orders.submit import row as as_row
from generation.orders.submit import submit
from generation.providers import circuit_breaker
from generation.providers.contract import ProviderFailure
from generation.references import library
from tests.generation.conftest import deliver
from tests.generation.references.test_uploads import picture

HOUSES = ("accounts", "billing", "generation", "gallery", "api", "config", "core")
SQL = sorted(path for house in HOUSES for path in (ROOT / house).glob("sql/*.sql"))
PYTHON = sorted(
    path for house in HOUSES for path in (ROOT / house).rglob("*.py") if "migrations" not in path.parts
)
INSERT = re.compile(r"INSERT INTO (\w+)(?:\s+AS \w+)?(\s*\()?")
MODEL = "gpt-image-2.5-flare"
RELEASED = max(Path(__file__).with_name("released").glob("*.sql"))


def inserted(paths):
    """Each file's INSERTs: the table, and whether its columns are named."""
    for path in paths:
        code = re.sub(r"--[^\n]*", "", path.read_text())
        for found in INSERT.finditer(code):
            yield path.relative_to(ROOT), found[1], bool(found[2])


def named(function, table):
    """The columns that an INSERT of a function names."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = %s", [function])
        (source,) = cursor.fetchone()
    columns = re.search(rf"INSERT INTO {table} \(([^)]*)\)", source)
    return {name.strip(' \n"') for name in columns[1].split(",")}


def before_this_release(table):
    """The columns that the last release knows of a table."""
    body = re.search(rf"CREATE TABLE public\.{table} \((.*?)\n\);", RELEASED.read_text(), re.DOTALL)
    return {line.split()[0].strip('"') for line in body[1].strip().split("\n")}


def order(**options):
    parameters = ImageParameters(size="1024x1024", quality="low")
    return Order(prompt="a red fox", model=MODEL, parameters=parameters, **options)


def program(workspace, user, **options):
    _, text = tokens.issue(workspace, name="A program", scopes=Scope.values, user=user, **options)
    return APIClient(HTTP_AUTHORIZATION=f"Bearer {text}")


def buy_automatically(workspace, user):
    offer = offers.for_workspace(workspace)[0]
    agreed = AutoTopUp.objects.create(
        workspace=workspace, is_on=True, pack_id=offer.slug, agreed_credits=offer.credits,
        agreed_amount=offer.amount, payment_method="pm_1", consented_by=user, consented_at=timezone.now(),
    )  # fmt: skip
    assert auto_top_up_consent.order_agreed(agreed)


@pytest.fixture
def newer(db):
    """Every table that a file of SQL inserts into has a column of which this code knows nothing."""
    tables = {table for _, table, _ in inserted(SQL)}
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} ADD COLUMN newer smallint NOT NULL DEFAULT 7")
    return tables


def test_every_insert_names_its_columns():
    bare = [f"{path}: {table}" for path, table, is_named in inserted([*SQL, *PYTHON]) if not is_named]
    assert bare == []


def test_no_function_returns_a_set_of_a_tables_rows(db):
    """One that has waited for ALTER TABLE would return more columns than its caller expects; a single row is adapted."""
    with connection.cursor() as cursor:
        cursor.execute("""
            SELECT proname FROM pg_proc JOIN pg_type ON pg_type.oid = prorettype
            JOIN pg_class ON pg_class.oid = typrelid AND relkind IN ('r', 'p')
            WHERE proretset AND obj_description(pg_proc.oid, 'pg_proc') LIKE 'createio:%'
        """)
        assert cursor.fetchall() == []


@pytest.mark.django_db
@pytest.mark.parametrize("function", ["generation_submit", "generation_submit_batch"])
@pytest.mark.parametrize("model", [Generation, Image])
def test_an_orders_rows_are_written_with_every_column_that_this_code_knows(function, model):
    known = {field.column for field in model._meta.concrete_fields if field.column}
    assert named(function, model._meta.db_table) == known


def added():
    """The columns that were added to tables since the last release, as the models have them now."""
    released = RELEASED.read_text()
    for (app, name), migration in MigrationLoader(None).disk_migrations.items():
        if app in HOUSES and f"'{app}', '{name}'" not in released:
            made = {one.name_lower for one in migration.operations if isinstance(one, CreateModel)}
            for one in migration.operations:
                if isinstance(one, AddField) and one.model_name_lower not in made:
                    fields = {
                        field.name: field for field in apps.get_model(app, one.model_name)._meta.get_fields()
                    }
                    if one.name in fields:
                        yield f"{app}.{name}: {one.model_name}.{one.name}", fields[one.name]


def test_new_columns_may_be_left_out_by_code_that_does_not_know_them():
    """A default of Django's alone is gone once the column is there: it must be the database's, or the column may be empty."""
    columns = dict(added())
    strict = [
        name
        for name, field in columns.items()
        if not (field.null or field.has_db_default() or field.many_to_many)
    ]
    assert columns
    assert strict == []


def test_code_that_does_not_know_a_column_works_beside_it(newer, workspace, alice, catalog, fund):
    fund(workspace, 100)
    caps.set_cap(workspace, CapKind.WORKSPACE, workspace.pk, CapPeriod.DAY, 1_000)
    clients.create(workspace, "Kiosk", by=alice)
    endpoints.register(workspace, "http://127.0.0.1:9/", ["*"], is_test=False)
    body = {"prompt": "a red fox", "size": "1024x1024", "quality": "low"}
    for is_test in (False, True):
        told = {} if is_test else {"webhook_url": "http://127.0.0.1:9/told"}
        answer = program(workspace, alice, is_test=is_test).post(
            "/api/v1/generations", body | told, format="json"
        )
        assert answer.status_code == 202, answer.content
    batch = {"name": "Ten", "rows": [{"prompt": "an owl"}], **body, "model": MODEL}
    del batch["prompt"]
    answer = program(workspace, alice).post("/api/v1/batches", batch, format="json")
    assert answer.status_code == 202, answer.content

    reference = library.upload(workspace, ContentFile(picture()))
    deliver(submit(workspace, order(references=(reference.pk,)), source="studio"), "made.png", "small.webp")
    failing = claims.claim(submit(workspace, order(), source="api").images.get().pk)
    assert failing
    failure = ProviderFailure(Reason.PROVIDER_ERROR, Outcome.FAILED, "500", blame=Blame.PROVIDER)
    circuit_breaker.record_end(failing, failure)
    ledger.freeze(workspace, 90, reference="dispute:1", reason="disputed")
    buy_automatically(workspace, alice)
    Purchase.objects.update(status=Purchase.Status.PAID, paid_at=timezone.now())
    assert low_balance_mail.notify_owners() == 1
    closing.close(timezone.now().date())
    until = proven.settled()
    assert until
    assert proven.advance(None, until, proven.changes())

    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_stat_xact_user_tables WHERE n_tup_ins > 0")
        assert newer - {name for (name,) in cursor.fetchall()} == set(), "nothing was tried with these"
        for table in newer:
            cursor.execute(f"SELECT count(*) FROM {table} WHERE newer <> 7")
            assert cursor.fetchone() == (0,)


@pytest.mark.django_db
@pytest.mark.parametrize("is_batch", [False, True], ids=["order", "batch"])
def test_these_functions_take_orders_of_the_release_before(workspace, catalog, fund, is_batch):
    fund(workspace, 100)
    generation = submit(workspace, order(), source="api")
    generation.pk = "019ad6f0-0000-7000-8000-000000000001"
    image = Image(
        workspace=workspace, generation=generation, index=0, credits=1, created_at=generation.created_at
    )
    sent = [
        json.dumps({name: value for name, value in as_row(one).items() if name in known})
        for one, known in (
            (generation, before_this_release("generation_generation")),
            (image, before_this_release("generation_image")),
        )
    ]
    with connection.cursor() as cursor:
        if is_batch:
            cursor.execute(
                "SELECT generation_submit_batch(%s, %s, %s)",
                [workspace.pk, f"[{sent[0]}]", f"[{sent[1]}]"],
            )
        else:
            cursor.execute("SELECT generation_submit(%s, %s, %s::uuid[], '{}')", [*sent, [image.pk]])
        assert cursor.fetchone() in {(1,), (True,)}
    assert Generation.objects.get(pk=generation.pk).images.count() == 1
