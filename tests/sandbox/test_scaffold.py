"""The template's scaffolding: built, traced and run as the handout's own code would."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from grader.sandbox.protocol import LayerState, SharedImages, Value
from grader.sandbox.runner import Sandbox
from reference.spec import LayerKind, LayerSpec, NetworkSpec
from tests.sandbox.sandbox_programs import SCAFFOLD, SMALL

Make = Callable[..., Sandbox]

SOURCE = """\
class NetQuantized(nn.Module):
    def __init__(self, net):
        super().__init__()
        init = copy_model(net)
        self.conv1, self.pool, self.fc1 = init.conv1, init.pool, init.fc1
        def pre_hook(layer, x):
            if (x[0] != x[0].round()).any():
                raise Exception("Input to {} has non-integer values".format(layer))
        for layer in self.conv1, self.fc1:
            layer.register_forward_pre_hook(pre_hook)
        self.input_scale = NetQuantized.quantize_initial_input(net.input_activations)
        scales = []
        for layer in self.conv1, self.fc1:
            layer.output_scale = NetQuantized.quantize_activations(
                layer.activations, layer.weight.scale, self.input_scale, scales)
            scales.append((layer.weight.scale, layer.output_scale))

    @staticmethod
    def quantize_initial_input(pixels):
        return 127 / np.abs(pixels).max()

    @staticmethod
    def quantize_activations(activations, n_w, n_i, ns):
        return 127 / (np.abs(activations).max() * n_w * n_i)

    def forward(self, x):
        x = (x * self.input_scale).round().clamp(-128, 127)
        x = self.pool(F.relu(self.conv1(x)))
        x = (x * self.conv1.output_scale).round().clamp(-128, 127)
        return self.fc1(x.view(-1, 16))
"""

IDENTITY = "    def forward(self, x): return x\n"


def states(*, bias: bool = False) -> list[LayerState]:
    rng = np.random.default_rng(2)
    return [
        LayerState(
            name=layer.name,
            module=layer.module,
            weight=Value.tensor(rng.integers(-127, 128, layer.weight_shape).astype(np.float32)),
            weight_scale=Value.float(100.0),
            activations=Value.array(rng.random(50)),
            bias=Value.tensor(np.ones(10, np.float32)) if bias and layer.name == "fc1" else None,
        )
        for layer in SMALL.weighted_layers
    ]


def built(make: Make, source: str = SOURCE, **given: Any) -> tuple[Sandbox, Any]:
    sandbox = make(source)
    seen = sandbox.build(
        "q",
        network="Net",
        class_name="NetQuantized",
        layers=states(),
        input_activations=Value.array(np.linspace(-1, 1, 9)),
        limit_seconds=60,
        **given,
    )
    return sandbox, seen


def run(sandbox: Sandbox, images: SharedImages, **given: Any) -> Any:
    settings = {"indices": range(20), "batch_size": 8, "limit_seconds": 60}
    return sandbox.forward("q", images, **settings | given)


def test_the_constructor_finds_everything_where_the_template_keeps_it(make: Make) -> None:
    """Scales that the student's class computes from what it was given can be read back."""
    _, seen = built(make)
    activations = states()[0].activations

    assert seen.error is None
    assert activations is not None
    assert seen.value["input_scale"].number == 127
    expected = 127 / (activations.data.max() * 100 * 127)
    assert abs(seen.value["conv1.output_scale"].number - expected) < 1e-12
    assert seen.value["fc1.weight_scale"].number == 100
    assert seen.value["fc1.weight"].data.tolist() == states()[1].weight.data.tolist()
    assert "conv1.bias" not in seen.value.keys


def test_images_are_normalised_as_torchvision_does(
    make: Make, images: SharedImages, pixels: np.ndarray[Any, Any]
) -> None:
    """ToTensor and Normalize, bit by bit."""
    from torchvision.transforms import functional as transforms

    sandbox, _ = built(make, SOURCE[: SOURCE.index("    def forward")] + IDENTITY)
    expected = torch.stack(
        [
            transforms.normalize(
                transforms.to_tensor(image.transpose(1, 2, 0)), images.mean, images.std
            )
            for image in pixels
        ]
    )

    value = run(sandbox, images).value

    assert value["logits"].data.tobytes() == expected.numpy().tobytes()


def test_a_forward_pass_gives_the_logits_of_the_images_asked_for(
    make: Make, images: SharedImages, pixels: np.ndarray[Any, Any]
) -> None:
    """The logits agree with the same arithmetic done here, for any batch size."""
    sandbox, seen = built(make)
    x = torch.from_numpy(pixels[5:17].astype(np.float32)) / 255
    x = (x - torch.tensor(images.mean).view(-1, 1, 1)) / torch.tensor(images.std).view(-1, 1, 1)
    conv1, fc1 = (torch.from_numpy(state.weight.data.copy()) for state in states())
    x = (x * 127).round().clamp(-128, 127)
    x = functional.max_pool2d(functional.conv2d(x, conv1).relu(), 2)
    x = (x * seen.value["conv1.output_scale"].number).round().clamp(-128, 127)
    expected = functional.linear(x.flatten(1), fc1)

    for size in (1, 8, 100):
        value = run(sandbox, images, indices=range(5, 17), batch_size=size).value
        assert value["logits"].data.tolist() == expected.tolist()


def test_a_pass_holds_what_enters_each_weighted_layer(make: Make, images: SharedImages) -> None:
    """The answer has each layer's integers, for all images, beside the logits."""
    sandbox, _ = built(make)

    value = run(sandbox, images).value

    assert set(value.keys) == {"images", "logits", "conv1.input", "fc1.input"}
    assert value["conv1.input"].shape == (20, 3, 8, 8)
    assert value["fc1.input"].shape == (20, 16)
    assert (value["fc1.input"].data == value["fc1.input"].data.round()).all()


def test_images_come_in_the_order_asked_for(make: Make, images: SharedImages) -> None:
    """Any images can be drawn; each row is that of its image."""
    sandbox, _ = built(make)
    every = run(sandbox, images).value["logits"].data

    drawn = run(sandbox, images, indices=[17, 3, 11], batch_size=2).value["logits"].data

    assert drawn.tolist() == every[[17, 3, 11]].tolist()


def test_a_trace_is_kept_up_to_the_layer_that_raises(make: Make, images: SharedImages) -> None:
    """Where the template's own hook raises, what entered that layer is there all the same."""
    unrounded = SOURCE.replace("x = (x * self.conv1.output_scale).round()", "x = (x * 1e-5)")
    sandbox, _ = built(make, unrounded)

    seen = run(sandbox, images)

    assert seen.error is not None
    assert "non-integer" in str(seen.error.message)
    assert seen.value is not None
    assert set(seen.value.keys) == {"conv1.input", "fc1.input"}


def test_recorded_results_are_played_back_instead_of_a_failed_function(make: Make) -> None:
    """The student's own function is not run where the reference's results take its place."""
    broken = SOURCE.replace("return 127 / np.abs(pixels).max()", "raise ValueError('broken')")
    broken = broken.replace("return 127 / (np.abs(activations).max() * n_w * n_i)", "return None")

    _, without = built(make, broken)
    _, seen = built(
        make,
        broken,
        replace={
            "quantize_initial_input": [Value.float(64.0)],
            "quantize_activations": [Value.float(0.5), Value.tensor(np.float32(0.25))],
        },
    )

    assert without.error is not None
    assert seen.error is None
    assert seen.value["input_scale"].number == 64
    assert seen.value["conv1.output_scale"].number == 0.5
    assert seen.value["fc1.output_scale"].kind == "tensor"


def test_a_built_network_is_there_again_after_a_crash(make: Make, images: SharedImages) -> None:
    """A call that kills the child does not cost the networks built before it."""
    sandbox, _ = built(make, SOURCE + "\nimport os\ndef dies(): os._exit(1)\n")
    before = run(sandbox, images).value
    sandbox.call(["dies"], [], limit_seconds=60)

    after = run(sandbox, images).value

    assert after["logits"].data.tobytes() == before["logits"].data.tobytes()


def nested_network() -> NetworkSpec:
    """Return two layers of four by four in nn.Sequential, the second with a bias."""
    kinds = {"kind": LayerKind.LINEAR, "in_features": 4, "out_features": 4}
    return NetworkSpec(
        name="LeNet",
        input_shape=(4,),
        layers=(
            LayerSpec(
                name="fc6",
                module="fc6.fc",
                relu_module="fc6.relu",
                relu=True,
                **kinds,  # type: ignore[arg-type]
            ),
            LayerSpec(name="output", module="output.fc", bias=True, **kinds),  # type: ignore[arg-type]
        ),
    )


def test_layers_inside_sequentials_and_biases_are_reached(make: Make) -> None:
    """A network whose layers are nn.Sequential is built, filled and run under its own paths."""
    source = (
        "class Keep(nn.Module):\n"
        "    def __init__(self, net):\n"
        "        super().__init__()\n"
        "        self.net, self.fc6, self.output = net, net.fc6, net.output\n"
        "    def forward(self, x): return self.net(x)\n"
        "def first(): return type(LeNet().fc6[0]).__name__, type(LeNet().fc6[1]).__name__\n"
    )
    sandbox = make(source, networks={"LeNet": asdict(nested_network())}, scaffold=SCAFFOLD)
    eye = Value.tensor(np.eye(4, dtype=np.float32))
    layers = [
        LayerState(name="fc6", module="fc6.fc", weight=eye),
        LayerState(
            name="output",
            module="output.fc",
            weight=eye,
            bias=Value.tensor(np.arange(4, dtype=np.float32)),
        ),
    ]

    seen = sandbox.build("q", network="LeNet", class_name="Keep", layers=layers, limit_seconds=60)
    names = sandbox.call(["first"], [], limit_seconds=60).value

    assert seen.error is None
    assert seen.value is not None
    assert seen.value["output.bias"].data.tolist() == [0, 1, 2, 3]
    assert names is not None
    assert [item.data for item in names.items] == ["Linear", "ReLU"]


def test_a_result_that_is_no_tensor_is_not_taken_for_scores(
    make: Make, images: SharedImages
) -> None:
    """A forward pass that returns a tuple is not mistaken for logits."""
    sandbox, _ = built(make, SOURCE.replace("return self.fc1(x.view(-1, 16))", "return x, x"))

    assert "logits" not in run(sandbox, images).value.keys


def test_one_layer_spec_serves_both_sides() -> None:
    """The plain data that a network is built from is the reference's own spec."""
    assert asdict(replace(SMALL, name="Other"))["layers"][0]["kind"] == "conv2d"
