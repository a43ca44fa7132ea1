"""fal's queue, files and webhooks.

The official client (fal-client 1.0.3) always speaks https to the hosts `queue.fal.run`, `fal.run`, `rest.fal.ai` and
`v3.fal.media`. FAL_RUN_HOST and FAL_QUEUE_RUN_HOST change two of the hosts but never the scheme, so it reaches this twin through a
transport that maps each host to a path here:

    https://queue.fal.run/…  → {twin}/fal/queue/…       submit, status, result, cancel
    https://fal.run/…        → {twin}/fal/run/…         one answer to one call
    https://rest.fal.ai/…    → {twin}/fal/rest/…        where to upload
    https://v3.fal.media/…   → {twin}/fal/cdn/…         upload

    client = fal_client.SyncClient(key="…")
    vars(client)["_client"] = httpx.Client(headers={"Authorization": "Key …"}, transport=that_transport)

(`_client` is a cached property of a frozen dataclass; AsyncClient awaits it, so subclass that one and override the property.)

`tests/contract/test_fal.py` does so. Status, result and cancel URLs in the twin's answers are absolute and lead back to it, so a
plain HTTP client needs nothing but the base URL `{twin}/fal/queue`.
"""
