"""What the SQL of an app may touch of other apps and of libraries: import-linter doesn't see it."""

import re

from django.apps import apps

from config.environment import ROOT
from config.schema import sql_files

LAYERS = ("api", "gallery", "generation", "billing", "accounts")
"""As in `pyproject.toml`: each may know those to its right."""

AN_OWNER = "credits belong to a workspace, and a suspended one spends nothing"
A_TOKEN = "a token has a cap, counted where credits are held and given back"
A_JOB = "a job is written in the transaction of the image that it makes"
TEST_WORLDS = "test worlds are no part of sums"
THE_TIER = "what the workspace's tier allows, in the statement that counts"
ALLOWED = {
    ("api/count_request", "billing_pricingtier"): THE_TIER,
    ("api/count_request", "billing_tier_slug"): THE_TIER,
    ("billing/caps", "accounts_apitoken"): A_TOKEN,
    (
        "billing/tier",
        "accounts_workspace",
    ): "a client has its partner's tier, a test world its live workspace's",
    ("billing/invariants", "accounts_workspace"): AN_OWNER,
    ("billing/credit_price", "accounts_workspace"): "in a test world nothing costs money",
    ("billing/ledger", "accounts_workspace"): AN_OWNER,
    ("billing/ledger", "accounts_apitoken"): A_TOKEN,
    ("billing/invariants", "accounts_apitoken"): A_TOKEN,
    **{
        (f"{app}/{name}", "accounts_workspace"): TEST_WORLDS
        for app, names in {
            "billing": ("books", "closed_days", "days", "given", "invariants", "line", "lots", "money"),
            "generation": ("closed_sums", "machine", "speed"),
        }.items()
        for name in names
    },
    ("gallery/wording", "generation_generation"): "what is searched are its words",
    ("gallery/wording", "generation_image"): "the first stored image makes a generation findable",
    ("generation/claim", "procrastinate_defer_jobs_v1"): A_JOB,
    ("generation/claim", "procrastinate_job_to_defer_v1"): A_JOB,
    (
        "generation/close",
        "billing_wallet",
    ): "locked before the workspace, since the caller gives credits back",
    ("generation/closed_sums", "billing_closedday"): "the sums of both are compared at night",
    ("generation/dispatch", "billing_pricingtier"): THE_TIER,
    ("generation/dispatch", "billing_tier_slug"): THE_TIER,
    ("generation/dispatch", "procrastinate_defer_jobs_v1"): A_JOB,
    ("generation/dispatch", "procrastinate_job_to_defer_v1"): A_JOB,
    ("generation/invariants", "billing_hold"): "I7 is between holds and generations",
    ("generation/invariants", "billing_transfer"): "I8 is between captures and images",
    ("generation/job", "procrastinate_job_to_defer_v1"): A_JOB,
    ("generation/job_announcement", "procrastinate_any_queue_v1"): "a channel of workers",
    ("generation/job_announcement", "procrastinate_queue_v1"): "a channel of workers",
    ("generation/job_announcement", "procrastinate_jobs"): "what is queued is announced once it is committed",
    ("generation/test_images", "billing_pricingtier"): THE_TIER,
    ("generation/test_images", "billing_tier_slug"): THE_TIER,
    ("generation/usage", "accounts_apitoken"): "a token's name beside what it used",
    ("generation/usage", "accounts_user"): "a person's name beside what they used",
    ("generation/usage_moved", "billing_transfer"): "the ledger alone says what was charged",
}
"""File and name, and why."""


def owners():
    """Whose each table and each function is."""
    models = apps.get_models(include_auto_created=True)
    tables = {model._meta.db_table: model._meta.app_label for model in models}
    functions = {
        one.key[1]: manifest.__name__.partition(".")[0]
        for manifest in sql_files.MANIFESTS
        for one in sql_files.defined_by(manifest)
    }
    return tables | functions


def touched():
    """Each file with the names of others in it, and whose they are."""
    known = owners()
    for app in LAYERS:
        for path in sorted((ROOT / app / "sql").glob("*.sql")):
            code = re.sub(r"--[^\n]*", "", path.read_text())
            for name in sorted(set(re.findall(r"\b[a-z]\w+\b", code))):
                owner = "procrastinate" if name.startswith("procrastinate_") else known.get(name, app)
                if owner != app:
                    yield (f"{app}/{path.stem}", name), owner


def test_sql_touches_of_other_apps_what_is_listed_and_nothing_else():
    assert [one for one, _ in touched()] == sorted(
        ALLOWED, key=lambda one: (LAYERS.index(one[0].split("/")[0]), one)
    )


def test_sql_knows_lower_apps_and_libraries_alone():
    for (file, name), owner in touched():
        app = file.partition("/")[0]
        assert owner not in LAYERS or LAYERS.index(owner) > LAYERS.index(app), f"{file} knows {name}"
