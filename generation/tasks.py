"""The work of this app, by name; each is safe to run twice."""

import uuid

from procrastinate.contrib.django import app

from generation import runner


@app.task(name="generation.tasks.run_image", queue="images")
async def run_image(image_id: str) -> None:
    """Make one image."""
    await runner.run_image(uuid.UUID(image_id))
