"""Whatever ``float_to_fixed_scale`` returns is judged: no value of it is left to staff."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.model import Outcome
from grader.sandbox.protocol import Value
from grader.tasks.fixed_point_table import checks, hypotheses
from grader.tasks.fixed_point_table.kind import table_of
from grader.tasks.fixed_point_table.observe import FIRST, SECOND, USUAL_BIAS, draw, read
from grader.tasks.fixed_point_table.seen import FloatScales, TableAnswer, TableAnswers
from tests.fixed_point_table.graded import EDITION, TASK, changed, graded

TABLE = table_of(EDITION, EDITION.task(TASK))
SCALES = {name: draw(TABLE, 0, name, USUAL_BIAS) for name in (FIRST, SECOND)}
ODD = (
    *("None", "''", "'1'", "b'1'", "True", "1+2j", "10**400", "object()", "lambda: 1", "{}"),
    *(
        "float('nan')",
        "float('inf')",
        "1e308",
        "-1e308",
        "5e-324",
        "-0.0",
        "[1]",
        "(1,)",
        "[[[1]]]",
    ),
    *("np.array([])", "np.array([1, 2])", "np.array([[1.0]])", "np.array([1.0], dtype=object)"),
    *("np.float16(3)", "np.uint8(3)", "np.bool_(True)", "np.datetime64('2020')", "np.str_('1')"),
    *("torch.tensor(1)", "torch.tensor([])", "torch.tensor([[1.0]])", "torch.tensor(True)"),
    *(
        "torch.tensor(1.0, requires_grad=True)",
        "torch.ones(1).to_sparse()",
        "torch.ones(1).bfloat16()",
    ),
    *("torch.ones(1).to('meta')", "__import__('decimal').Decimal(3)", "range(10)", "[1] * 9"),
    *("np.zeros((1, 10))", "np.zeros((10, 10))", "[None] * 10", "[True] * 10", "['1'] * 10"),
    *(
        "np.full(10, 1e308)",
        "np.full(10, np.nan)",
        "[[1]] * 10",
        "[10**400] * 10",
        "torch.ones(10)",
    ),
)


@pytest.mark.few(20)
@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize(
    "place",
    [
        "return {odd}, outputBias",
        "return {{k: {odd} for k in scalesDict}}, outputBias",
        "return {{**scalesDict, 'fc6.fc': {odd}}}, outputBias",
        "return scalesDict, {odd}",
        "return {odd}",
    ],
    ids=["dict", "every entry", "an entry", "bias", "all"],
)
def test_no_value_breaks_a_check(odd: str, place: str) -> None:
    """Each check passes, fails or is skipped; none is pending, and the diagnosis stands."""
    run = graded(changed(("return scalesDict, outputBias", place.format(odd=odd))))

    assert not run.faults
    assert Outcome.PENDING not in {result.outcome for result in run.results.values()}


@pytest.mark.parametrize(
    ("large", "reason"),
    [
        ("torch.zeros(2000)", "the bias came back with 2000 values where the layer has 10"),
        ("torch.zeros(10**6)", "the value takes 4,000,000 bytes, more than may be returned"),
    ],
)
def test_a_bias_of_many_values_is_told_by_their_number(large: str, reason: str) -> None:
    """A bias of another size is counted; one that is too large to travel is an error."""
    run = graded(changed(("return scalesDict, outputBias", f"return scalesDict, {large}")))

    assert str(run.results["fixed_scale.returns"].reason) == reason


@pytest.mark.parametrize(
    "table",
    [
        "{1: 2}",
        "{None: 1}",
        "{('a', 'b'): 1}",
        "{'k' * 500: 1}",
        "{str(i): i for i in range(3000)}",
        "{'quant': {'quant': 1}}",
        "type('Liar', (dict,), {'items': None})(scalesDict)",
        "__import__('collections').OrderedDict(scalesDict)",
        "__import__('collections').defaultdict(int, scalesDict)",
    ],
)
def test_no_dict_breaks_a_check(table: str) -> None:
    """Keys of any kind and number, and what only says that it is a dict, are judged."""
    run = graded(changed(("return scalesDict", f"return {table}")))

    assert not run.faults
    assert Outcome.PENDING not in {result.outcome for result in run.results.values()}


NUMBERS = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True),
    st.integers(-(2**1000), 2**1000),
    st.sampled_from((0, 1, 127, 2**16, 5e-324, -1.0)),
)


def entries() -> st.SearchStrategy[Value]:
    """Return any number in any of the types in which it may come, and what is none."""
    arrays = st.floats(width=32).map(lambda x: Value.array(np.array([x], np.float32)))
    scalars = st.integers(-(2**31), 2**31 - 1).map(lambda n: Value.scalar(n, "int64"))
    numbers = NUMBERS.map(lambda n: Value.int(n) if isinstance(n, int) else Value.float(n))
    return st.one_of(numbers, arrays, scalars, st.just(Value.none()), st.just(Value.str("1")))


def tables(scales: FloatScales) -> st.SearchStrategy[Value]:
    """Return a dict by some of the right keys, or others, or no dict."""
    keys = st.sampled_from((*scales.outputs, "conv1", ""))
    return st.one_of(st.dictionaries(keys, entries()).map(Value.dict), entries())


def biases() -> st.SearchStrategy[Value]:
    rows = st.lists(NUMBERS.filter(lambda n: abs(n) < 1e300), min_size=10, max_size=10)
    return st.one_of(
        rows.map(lambda r: Value.array(np.array(r, dtype=np.float64))),
        st.lists(entries(), max_size=12).map(Value.list),
        entries(),
    )


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_any_answer_is_judged_and_explained(data: st.DataObject) -> None:
    """No numbers, however large or strange, raise in a check or in a hypothesis."""
    answers = {}
    for name in (FIRST, "repeated", SECOND):
        scales = SCALES.get(name, SCALES[FIRST])
        value = Value.tuple([data.draw(tables(scales)), data.draw(biases())])
        answers[name] = read(TableAnswer(probe=name, given=scales, whole=value), value)
    seen = TableAnswers(sets=answers, magnified={"large": answers[SECOND]})

    results = checks.judge(seen)
    hypotheses.explain_returns(seen)
    hypotheses.explain(seen)

    assert [r.fault for r in results if r.fault] == []
    assert Outcome.PENDING not in {r.outcome for r in results}
