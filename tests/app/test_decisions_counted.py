"""Which decisions count when it is told how long a model was left alone."""

from __future__ import annotations

from tests.app.clients_talking import CODE, Client
from tests.app.explaining import a_priced_rig
from tests.app.rig import model


async def test_a_conversation_that_keeps_its_model_is_no_choice_of_a_policy() -> None:
    rig = a_priced_rig()
    client = Client(rig)
    await client.say(CODE)
    first, other = rig.ledger.records[0].model, model("two")
    assert first == "one"
    assert rig.paces.leader("code") == model("one").key
    assert rig.paces.waited("code", other) == 1
    await client.say("yes")
    assert rig.ledger.records[1].reason == "session_kept"
    assert rig.paces.waited("code", other) == 1
    await Client(rig).say(CODE)
    assert rig.paces.waited("code", other) == 2
