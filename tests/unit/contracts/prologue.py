"""What every run of the machine begins with, so that none is without."""

from __future__ import annotations

from contracts.deeds import ABSENT, PEOPLE, Create, Deed, Revise, Revoke, Share
from contracts.voices import Plain

# Each shares two records with everybody else: inboxes to begin with, and in each something that ends.
_SHARES: list[list[Deed]] = [
    [Create(None, 1), Create(None, 2)]
    + [Share((who, place), (who + n) % PEOPLE, None, 1) for place in range(2) for n in (1, 2, 3)]
    + [Share((who, 0), (who + 1) % PEOPLE, 6, 7), Revoke((who, 1), (who + 2) % PEOPLE)]
    for who in range(PEOPLE)
]
# Then others try the records and the name of person 1, with that one's address behind what they say.
_TRESPASSES: list[Deed] = [Revise((1, 0), None, 3), Share((1, 0), 2, None, 1), Revoke((1, 0), 2)]
_OWN: Deed = Create(None, 1)
_MANNERS = [Plain(batch=False, sponsored=False, victim=1), Plain(batch=True, sponsored=True, victim=1)]
# And person 3 does each thing wrongly.
_MISTAKES: list[Deed] = [
    Create(0, 1),
    Create(None, 0),
    Revise((3, 0), None, 0),
    Revise((3, 0), 2, 3),
    Revise((3, ABSENT), None, 3),
    Share((3, 0), None, None, 1),
    Share((3, 0), 3, None, 1),
    Share((3, 0), 1, 0, 1),
    Share((3, 0), 1, None, 0),
    Share((3, 0), 1, None, 128),
    Share((3, ABSENT), 1, None, 1),
    Revoke((3, 1), 1),
    Revoke((3, ABSENT), 1),
]

PROLOGUE: list[tuple[int, list[Deed], Plain]] = [
    *((who, deeds, Plain(True, who % 2 == 1, None)) for who, deeds in enumerate(_SHARES)),
    *((0, [deed], manner) for deed in _TRESPASSES for manner in _MANNERS),
    *((2, [_OWN], manner) for manner in _MANNERS),
    *((3, [deed], Plain(batch=False, sponsored=False, victim=None)) for deed in _MISTAKES),
]
"""Who, what, and how."""
