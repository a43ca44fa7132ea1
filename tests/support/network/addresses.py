"""Links that must never be called: spellings of what is inside, and what is no link to a host at all.

`PORT` stands for the port of a listener on the loopback, which counts who came.
"""

HOSTS = (
    # The loopback, as resolvers read it
    "127.0.0.1", "127.1", "0", "0.0.0.0", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001",
    "127.0.0.1.", "127.127.127.127", "127.0.1", "0x7f.0x0.0x0.0x1", "00000177.0.0.1",
    "localhost", "localhost.", "LOCALHOST",
    # IPv6 and what hides in it
    "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::ffff:169.254.169.254]",
    "[::7f00:1]", "[::127.0.0.1]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b::127.0.0.1]", "[64:ff9b:1::a9fe:a9fe]",
    "[2002:a9fe:a9fe::]", "[2002:7f00:1::]", "[2001:0:a9fe:a9fe::1]", "[fec0::1]", "[fd00:ec2::254]",
    "[fd00::1]", "[fe80::1]", "[fe80::1%25eth0]", "[ff02::1]", "[2001:db8::1]", "[100::1]",
    # Metadata of clouds
    "169.254.169.254", "169.254.170.2", "100.100.100.200", "168.63.129.16", "192.0.0.192",
    "metadata.google.internal", "2852039166", "0xa9fea9fe", "[::ffff:a9fe:a9fe]",
    # Networks of one's own, and what is set aside
    "10.0.0.1", "10.255.255.255", "100.64.0.1", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.255.255",
    "198.18.0.1", "198.19.255.255", "192.0.2.1", "198.51.100.1", "203.0.113.1", "192.88.99.1", "224.0.0.1",
    "239.255.255.250", "240.0.0.1", "255.255.255.255",
    # Names that lead inside
    "inside.example", "half.example", "half6.example", "nowhere.example",
    # Written so that two readers see two hosts
    "user@127.0.0.1", "user:secret@127.0.0.1", "93.184.216.34@127.0.0.1", "93.184.216.34\\@127.0.0.1",
    "%31%32%37.0.0.1", "\uff11\uff12\uff17.\uff10.\uff10.\uff11", "127\u30020\u30020\u30021", "\u2460\u2461\u2466.0.0.1",
    "127.0.0.1%00.example.com", "127.0.0.1\t", "127.0.0.1 ", "\u200b127.0.0.1", "..", ".", "-", "a..b",
)  # fmt: skip
REFUSED = (
    *(f"https://{host}:PORT/" for host in HOSTS),
    # In front of a fragment, and without a host
    "https://127.0.0.1:PORT#@example.com/", "https://127.0.0.1:PORT?@example.com/", "https:127.0.0.1:PORT/",
    "//127.0.0.1:PORT/", "///127.0.0.1:PORT/", "https://", "https:///", "https://:PORT/", "https://[::1", "https://]/",
    # Other ways to speak
    "http://127.0.0.1:PORT/", "http://localhost:PORT/", "file:///etc/passwd", "file://127.0.0.1:PORT/etc/passwd",
    "gopher://127.0.0.1:PORT/_", "ftp://127.0.0.1:PORT/", "dict://127.0.0.1:PORT/", "ldap://127.0.0.1:PORT/",
    "ws://127.0.0.1:PORT/", "jar:https://127.0.0.1:PORT/!/", "javascript:alert(1)",
    "HTTPS\u2024//127.0.0.1", "", " ", "127.0.0.1:PORT", "\0", "https://127.0.0.1:PORT/\r\nHost: example.com",
    # Other doors
    "https://93.184.216.34:22/", "https://93.184.216.34:25/", "https://93.184.216.34:2375/",
    "https://93.184.216.34:5432/", "https://93.184.216.34:6379/", "https://93.184.216.34:80/",
    "https://93.184.216.34:0/", "https://93.184.216.34:65536/", "https://93.184.216.34:-1/", "https://a:b/",
    "https://" + "a" * 64 + ".example/", "https://example.com/" + "a" * 2000,
)  # fmt: skip


def placed(url: str, port: int) -> str:
    """The link with the listener's port."""
    return url.replace("PORT", str(port))
