"""Plain HTTP to the twins and to ourselves: a client that reads no certificates is made in a fiftieth of the time."""

import ssl

NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""`verify=NOBODY` trusts nobody, and is never asked: nothing here speaks TLS."""
