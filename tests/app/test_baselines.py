"""What the records of answered requests say for savings."""

from __future__ import annotations

from decimal import Decimal

from router_core.decide.failures import FailureClass
from router_core.decide.records import Baseline
from tests.app.clients_talking import CODE, WHY, Client
from tests.app.explaining import ANSWER, INFOS, PROMPT, a_priced_rig
from tests.app.rig import Rig, Script, ask, config, model
from tests.fakes.provider import completion, failure

MILLION = Decimal(1_000_000)
USAGE = {"prompt_tokens": 1_000, "completion_tokens": 10, "cost": 0.0123}
# One is 10 in, 20 out and 1 cached for a million; two is 2 and 4.


async def test_with_one_model_alone_nothing_is_saved_whatever_it_costs() -> None:
    rig = Rig({"lab/one": completion(usage=USAGE)}, config=config(model("one")), infos=INFOS)
    await rig.complete(ask(), rig.arrival())
    (record,) = rig.ledger.records
    usd = Decimal("0.0123")
    assert record.cost.usd == usd
    assert record.baseline == Baseline(best_single_usd=usd, dearest_usd=usd)


async def test_a_cheaper_model_that_answers_saves_what_the_first_would_have_cost_more() -> None:
    script: Script = {
        "lab/one": failure(FailureClass.RATE_LIMITED),
        "lab/two": completion(usage=USAGE),
    }
    rig = Rig(script, config=config(model("one"), model("two")), infos=INFOS)
    await rig.complete(ask(), rig.arrival())
    best = Decimal("0.0102")  # 1,000 x 10 + 10 x 20
    assert rig.ledger.records[0].baseline == Baseline(
        best_single_usd=best, dearest_usd=Decimal("0.0123")
    )


async def test_where_there_was_no_choice_or_no_answer_there_is_none() -> None:
    rig = Rig({"lab/one": completion(usage=USAGE)}, infos=INFOS)
    await rig.complete(ask("lab/one"), rig.arrival())
    assert rig.ledger.records[0].baseline is None


async def test_unknown_prices_make_it_unknown() -> None:
    rig = Rig({"lab/one": completion(usage=USAGE)})
    await rig.complete(ask(), rig.arrival())
    assert rig.ledger.records[0].baseline == Baseline(
        best_single_usd=Decimal("0.0123"), dearest_usd=None
    )


async def test_a_conversation_that_moved_is_told_as_if_it_had_been_there_all_along() -> None:
    client = Client(a_priced_rig())
    await client.say(CODE)  # one answers, and has read what it said
    await client.say(WHY, model="router/reasoning")  # two, to which the history is new
    moved = client.rig.ledger.records[1]
    assert moved.model == "two"
    two = (2 * PROMPT + 4 * ANSWER) / MILLION  # it tells no price for its cache
    one = (1 * PROMPT + 20 * ANSWER) / MILLION  # all of it would have been in its cache
    assert (moved.cost.usd, one < two) == (two, True)
    assert moved.baseline == Baseline(best_single_usd=two, dearest_usd=two)
    await client.say(CODE, model="router/code")  # one again
    back = client.rig.ledger.records[2]
    assert back.model == "one"
    assert back.baseline == Baseline(best_single_usd=one, dearest_usd=two)
