"""Anyone whose client is not recognised: only marks that nobody types come off.

Chat front ends have no system prompt of their own to be known by. What they put
around a prompt comes off where its frame says of itself that the user did not write
it; a tag or a heading that a person may have typed stays.
"""

from __future__ import annotations

from router_core.decide.envelopes.envelope import Envelope, Reading
from router_core.decide.envelopes.tails import without_comment_frame, without_facts
from router_core.decide.envelopes.upkeep import asks_for_upkeep
from router_core.decide.envelopes.wrappers import (
    after_sections,
    in_frame,
    in_sent_note,
    in_user_tags,
    under_heading,
)
from router_core.decide.turn import TurnKind


def _upkeep(text: str) -> Reading | None:
    if asks_for_upkeep(text):
        return Reading(kind=TurnKind.HOUSEKEEPING, text=text)
    return None


PLAIN = Envelope(
    client="",
    typed=(in_user_tags, after_sections, in_sent_note, in_frame, under_heading),
    strips=(("", without_comment_frame), ("", without_facts)),
    synthetic=(_upkeep,),
)
