"""`python -m sandbox`: the twins on 127.0.0.1:SANDBOX_PORT until SIGTERM."""

import sys

from sandbox import server
from sandbox.settings import Settings


def main() -> None:
    try:
        settings = Settings.from_environment()
    except ValueError as error:
        sys.exit(str(error))
    sys.stdout.write(f"sandbox: OpenAI, Stripe and fal on http://{server.HOST}:{settings.port}\n")
    sys.stdout.flush()
    server.make(settings).run()


if __name__ == "__main__":
    main()
