"""procrastinate, which runs the background jobs."""

PROCRASTINATE_ON_APP_READY = "config.worker.prepare"
PROCRASTINATE_WORKER_DEFAULTS = {
    # Calls that wait for a provider cost next to nothing.
    "concurrency": 500,
    "delete_jobs": "successful",
    # A retry that becomes due is not announced; only polling finds it.
    "fetch_job_polling_interval": 1.0,
}
