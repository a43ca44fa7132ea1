"""A standalone program that runs another one on an untrusted file, within resource limits.

Run as `python -I limits.py CPU_SECONDS MEMORY_BYTES NICENESS PROGRAM`, with the file on standard input. What
asks for more is killed, and nothing can be written to a file. It imports nothing of the product, so that an exploit
of the other program finds nothing.
"""

import os
import resource
import runpy
import sys


def main() -> None:
    """Set the limits, then run the program in this process."""
    cpu_seconds, memory, niceness = map(int, sys.argv[1:4])
    os.nice(niceness)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    runpy.run_path(sys.argv[4], run_name="__main__")


if __name__ == "__main__":
    main()
