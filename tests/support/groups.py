"""Groups of processes, as a shell starts them."""

import subprocess


def alive(leader: int) -> list[int]:
    """The processes of a group that are alive."""
    listed = subprocess.run(
        ["ps", "-eo", "pid,pgid,stat"], capture_output=True, encoding="utf-8", check=True
    ).stdout
    rows = [line.split() for line in listed.split("\n")[1:] if line.strip()]
    return [
        int(pid) for pid, leads, state in rows if leads == str(leader) and not state.startswith("Z")
    ]
