"""What the server of workers imports: the lab's claims and what judges them.

A user's file is imported by the workers alone.
"""

from lab.claims.orphans import imported

imported(("lab.claims.contents", "lab.claims.judging", "lab.claims.own"))
