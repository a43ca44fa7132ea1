"""`deploy/nginx.conf` as it would be installed, but in a folder of its own and on ports of the loopback."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from config.environment import ROOT

HOST = "create.example.com"
ADDRESSES = {
    "web": "127.0.0.1:8000", "web2": "127.0.0.1:8010", "live": "127.0.0.1:8001", "live2": "127.0.0.1:8011",
}  # fmt: skip
KINDS = ("body", "proxy", "fastcgi", "uwsgi", "scgi")


def on_ports(ports: Mapping[str, int]) -> dict[str, str]:
    """What to write in place of the file's addresses.

    Args:
        ports: of `web`, `web2`, `live`, `live2`, and of nginx itself: `http` and `https`.
    """
    return {
        **{address: f"127.0.0.1:{ports[name]}" for name, address in ADDRESSES.items()},
        "    listen [::]:80;\n": "",
        "    listen [::]:443 ssl http2;\n": "",
        "listen 80;": f"listen 127.0.0.1:{ports['http']};",
        "listen 443 ssl http2;": f"listen 127.0.0.1:{ports['https']} ssl http2;",
    }


def nginx_file(
    folder: Path,
    replaced: Mapping[str, str],
    *,
    host: str = HOST,
    log: str = "access_log off;",
    name: str = "nginx.conf",
) -> Path:
    """The file within what surrounds it, with a certificate of its own and everything in a folder.

    Args:
        folder: where all of it goes; the certificate is `certificate.pem`.
        replaced: texts of the file, by what is written in their place.
        host: the site's name.
        log: nginx's directives about what it was asked.
        name: of the file in `deploy/`.
    """
    text = (ROOT / "deploy" / name).read_text()
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={host}",
         "-addext", f"subjectAltName=DNS:{host}", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    told = {
        "/etc/ssl/createio/fullchain.pem": str(certificate),
        "/etc/ssl/createio/privkey.pem": str(key),
        **({HOST: host} if host != HOST else {}),
        **replaced,
    }
    for old, new in told.items():
        assert old in text, old
        text = text.replace(old, new)
    places = "".join(
        f"{'client_body' if kind == 'body' else kind}_temp_path {folder}/{kind};\n" for kind in KINDS
    )
    # Its workers would be somebody else, who may not enter this folder.
    user = "user root;\n" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"{user}daemon off; pid {folder}/pid; error_log stderr warn;\n"
        f"events {{}}\nhttp {{\n{log}\n{places}{text}\n}}\n"
    )
    return folder / "nginx.conf"
