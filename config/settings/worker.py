"""procrastinate, which does what nobody waits for."""

PROCRASTINATE_ON_APP_READY = "config.worker.prepare"
PROCRASTINATE_WORKER_DEFAULTS = {
    # Calls that wait for a provider cost next to nothing.
    "concurrency": 500,
    "delete_jobs": "successful",
    # A retry that is due is not announced, only found.
    "fetch_job_polling_interval": 1.0,
}
