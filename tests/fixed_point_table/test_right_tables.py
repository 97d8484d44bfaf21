"""Right solutions of ``float_to_fixed_scale`` in many styles lose nothing, whatever the seed."""

from __future__ import annotations

import pytest

from grader.tasks.fixed_point_table.checks import is_near
from tests.fixed_point_table.graded import RIGHT, changed, found, graded, lost

SEEDS = range(6)
STYLES = {
    "a loop with float()": RIGHT,
    "the input's step as its rounded number is worth": changed(
        (
            "scalesDict['quant'] = round(1 / s_prev)\n",
            "scalesDict['quant'] = round(1 / s_prev)\n    s_prev = 1 / scalesDict['quant']\n",
        ),
    ),
    "dict comprehensions": """\
        keys = list(act_scalesDict)
        before = dict(zip(keys[1:], keys))
        scales = {k: int(np.round(weight_scalesDict[k].item() * act_scalesDict[before[k]].item()
                                  / act_scalesDict[k].item() * (1 << 16)))
                  for k in weight_scalesDict}
        step = weight_scalesDict['output.fc'] * act_scalesDict['fc6.fc']
        return {'quant': round(1.0 / act_scalesDict['quant'].item()), **scales}, \\
            (outputBias_float / step).round().astype(np.int32)
    """,
    "numpy's float64, rounded": """\
        a = {k: np.float64(v[0]) for k, v in act_scalesDict.items()}
        w = {k: np.float64(v[0]) for k, v in weight_scalesDict.items()}
        out = {'quant': np.round(1 / a['quant'])}
        for before, key in zip(list(a), list(a)[1:]):
            out[key] = np.round(w[key] * a[before] / a[key] * 65536)
        return out, np.rint(outputBias_float / (w['output.fc'] * a['fc6.fc']))
    """,
    "int() of one-element arrays, as in 2024": """\
        out = {'quant': int(np.round(1 / act_scalesDict['quant']))}
        previous = act_scalesDict['quant']
        for key in weight_scalesDict.keys():
            m = weight_scalesDict[key] * previous / act_scalesDict[key]
            out[key] = int(np.rint(m * 2 ** 16))
            previous = act_scalesDict[key]
        return out, np.rint(outputBias_float /
                            (weight_scalesDict[key] * act_scalesDict['fc6.fc'])).astype('int64')
    """,
    "math.floor after a half is added": """\
        out = {'quant': math.floor(1 / act_scalesDict['quant'] + 0.5)}
        names = [*act_scalesDict]
        for i, name in enumerate(names[1:]):
            M = weight_scalesDict[name] * act_scalesDict[names[i]] / act_scalesDict[name]
            out[name] = math.floor(M * 2**16 + 0.5)
        step = weight_scalesDict[names[-1]] * act_scalesDict[names[-2]]
        return out, [math.floor(b / step + 0.5) for b in outputBias_float.flatten()]
    """,
    "float32 tensors": """\
        a = {k: torch.tensor(v, dtype=torch.float32) for k, v in act_scalesDict.items()}
        w = {k: torch.tensor(v, dtype=torch.float32) for k, v in weight_scalesDict.items()}
        out = {'quant': int(torch.round(1 / a['quant']).item())}
        previous = a['quant']
        for key in w:
            out[key] = int(torch.round(w[key] * previous / a[key] * 2**16).item())
            previous = a[key]
        bias = torch.tensor(outputBias_float, dtype=torch.float32)
        return out, torch.round(bias / (w['output.fc'] * a['fc6.fc'])).to(torch.int32)
    """,
    "every layer written out": """\
        a, w = act_scalesDict, weight_scalesDict
        out = dict(a)
        out['output.fc'] = w['output.fc'] * a['fc6.fc'] / a['output.fc'] * 2**16
        out['fc6.fc'] = w['fc6.fc'] * a['conv5.conv'] / a['fc6.fc'] * 2**16
        out['conv5.conv'] = w['conv5.conv'] * a['conv3.conv'] / a['conv5.conv'] * 2**16
        out['conv3.conv'] = w['conv3.conv'] * a['conv1.conv'] / a['conv3.conv'] * 2**16
        out['conv1.conv'] = w['conv1.conv'] * a['quant'] / a['conv1.conv'] * 2**16
        out['quant'] = 1 / a['quant']
        out = {k: round(v.item()) for k, v in out.items()}
        bias = [[round(b) for b in row] for row in (
            outputBias_float / w['output.fc'] / a['fc6.fc']).tolist()]
        return out, bias
    """,
    "the keys in another order, a list returned": """\
        names = list(act_scalesDict)
        out = {}
        for i in reversed(range(1, 6)):
            M = (weight_scalesDict[names[i]] * act_scalesDict[names[i - 1]]
                 / act_scalesDict[names[i]]).item()
            out[names[i]] = round(M * 2**16)
        out['quant'] = round((1 / act_scalesDict['quant']).item())
        s = (weight_scalesDict['output.fc'] * act_scalesDict['fc6.fc']).item()
        return [out, np.array([np.round(b / s) for b in outputBias_float[0]])]
    """,
    "python's json as proof": changed(
        ("    return scalesDict", "    json.loads(json.dumps(scalesDict))\n    return scalesDict")
    ),
}


@pytest.mark.few(len(STYLES))
@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_right_solution_loses_nothing(style: str, seed: int) -> None:
    """However it is written, a right table passes every check and has no finding."""
    run = graded(STYLES[style], seed)

    assert lost(run) == {}
    assert found(run) == []


def test_halves_may_be_rounded_either_way() -> None:
    """A scale of 2/255 has 127.5 as its inverse: 127 and 128 are both the nearest."""
    assert is_near(127.0, 127.5)
    assert is_near(128.0, 127.5)
    assert not is_near(126.0, 127.5)
