"""Runs the ONNX project's own tests of single nodes (package `onnx`, backend test data, made when this runs) through the binary.

    python run.py TILESIM [OPERATOR …]

Every test of an operator that `tilesim models --operators` lists is right, refused, or wrong. Wrong numbers and crashes fail. What is
refused must be listed in refusals.csv, and what is listed there must still be refused. `--update` prints the refusals, for that list.

* Inputs of whole numbers are refused, and need not be listed. Tests of sequences and of text are left out.
* A network's parameters are constants in its file, while these tests feed them: where a node with all operands fed is refused, it is
  run again with all but the first as initialisers, and then with its first output alone.
* Tests are stated in the newest opset; where an operator has not changed since, they are run as opset 24. The others are left out.
"""

import argparse
import concurrent.futures
import csv
import json
import pathlib
import subprocess
import sys
import tempfile
import warnings

import numpy
import onnx
import onnx.defs
import onnx.numpy_helper

warnings.filterwarnings("ignore")
NEWEST = 24
HERE = pathlib.Path(__file__).parent
# Tests compare within rtol of each element; the command compares with the largest of the reference.
TOLERANCE = "1e-3"


def cases(operators):
    from onnx.backend.test.case.node import collect_testcases

    for case in collect_testcases(None):
        model = case.model
        if model is None or not case.data_sets or not model.graph.node:
            continue
        if case.name.endswith("_expanded") or "_expanded_" in case.name:
            continue
        inputs, outputs = case.data_sets[0]
        if not all(map(is_array, inputs)) or not all(map(is_array, outputs)) or is_newer(model):
            continue
        kinds = {node.op_type for node in model.graph.node if node.op_type != "Constant"}
        kinds = kinds or {"Constant"}
        if kinds <= operators and all(node.domain in ("", "ai.onnx") for node in model.graph.node):
            yield case


def is_newer(model):
    """Whether an operator of the model has changed since the newest opset that is imported."""
    return any(
        opset.version > NEWEST and onnx.defs.get_schema(node.op_type, opset.version).since_version > NEWEST
        for opset in model.opset_import
        for node in model.graph.node
        if opset.domain in ("", "ai.onnx") and node.domain in ("", "ai.onnx")
    )


def in_known_opset(model):
    """The model in the newest opset that is imported."""
    for opset in model.opset_import:
        if opset.domain in ("", "ai.onnx"):
            opset.version = min(opset.version, NEWEST)
    model.ir_version = min(model.ir_version, 10)
    return model


def with_initialisers(model, arrays):
    """The same model whose inputs but the first are constants."""
    constant = onnx.ModelProto()
    constant.CopyFrom(model)
    inputs = list(constant.graph.input)
    del constant.graph.input[1:]
    for value, array in list(zip(inputs, arrays))[1:]:
        constant.graph.initializer.append(onnx.numpy_helper.from_array(array, value.name))
    return constant


def with_first_output(model):
    """The same model without the outputs behind the first."""
    first = onnx.ModelProto()
    first.CopyFrom(model)
    del first.graph.output[1:]
    return first


def is_array(value):
    return isinstance(value, numpy.ndarray) and value.dtype.kind in "fiub"


def is_real(case):
    """Whether a test computes with floating-point numbers."""
    inputs, _ = case.data_sets[0]
    return all(array.dtype.kind == "f" for array in inputs[:1])


def run(binary, folder, model, inputs, outputs):
    onnx.save(model, folder / "model.onnx")
    arguments = [binary, "run", folder / "model.onnx", "--precision", "f32", "--tolerance", TOLERANCE, "--quiet"]
    arguments += ["--set", "machine.tiles=64"]
    for position, (value, array) in enumerate(zip(model.graph.input, inputs)):
        numpy.save(folder / f"input{position}.npy", array.astype(numpy.float32))
        arguments += ["--input", f"{value.name}={folder}/input{position}.npy"]
    for position, (value, array) in enumerate(zip(model.graph.output, outputs)):
        numpy.save(folder / f"output{position}.npy", array.astype(numpy.float32))
        arguments += ["--reference", f"{value.name}={folder}/output{position}.npy"]
    try:
        done = subprocess.run(arguments, capture_output=True, text=True, timeout=60)
    except subprocess.TimeoutExpired:
        return "crash", "no answer within a minute"
    outcome = {0: "right", 1: "wrong", 2: "refused"}.get(done.returncode, "crash")
    said = done.stderr.strip().replace(str(folder), "")
    return outcome, said.splitlines()[-1].removeprefix("error: /model.onnx: ") if said else ""


def outcome(binary, case):
    model = in_known_opset(case.model)
    inputs, outputs = case.data_sets[0]
    constant = with_initialisers(model, inputs)
    attempts = [(model, inputs, outputs), (constant, inputs[:1], outputs)]
    if len(outputs) > 1:
        attempts += [(with_first_output(model), inputs, outputs[:1]) for model, inputs, outputs in attempts]
    with tempfile.TemporaryDirectory() as folder:
        for attempt in attempts:
            result = run(binary, pathlib.Path(folder), *attempt)
            if result[0] != "refused":
                break
    return result


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("operators", nargs="*")
    parser.add_argument("--update", action="store_true")
    arguments = parser.parse_args()
    operators = set(arguments.operators)
    if not operators:
        answer = subprocess.run(
            [arguments.binary, "models", "--operators", "--format", "json"], capture_output=True, check=True
        )
        operators = {row["name"] for row in json.loads(answer.stdout)["operators"]}
    chosen = list(cases(operators))
    with concurrent.futures.ThreadPoolExecutor() as pool:
        results = list(pool.map(lambda case: outcome(arguments.binary, case), chosen))
    refused = {case.name: why for case, (what, why) in zip(chosen, results) if what == "refused" and is_real(case)}
    if arguments.update:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(["test", "reason"])
        writer.writerows(sorted(refused.items()))
        for case, (what, why) in zip(chosen, results):
            if what in ("wrong", "crash"):
                print(f"{what}: {case.name}: {why}", file=sys.stderr)
        return
    with open(HERE / "refusals.csv", newline="") as file:
        listed = {row["test"] for row in csv.DictReader(file)}
    failures = [f"{what}: {case.name}: {why}" for case, (what, why) in zip(chosen, results) if what in ("wrong", "crash")]
    failures += [f"refused: {name}: {why}" for name, why in refused.items() if name not in listed]
    if not arguments.operators:
        failures += [f"listed as refused, but is not: {name}" for name in listed - set(refused)]
    right = sum(what == "right" for what, _ in results)
    print(f"{len(chosen)} tests: {right} right, {len(refused)} of real numbers refused")
    print("\n".join(failures))
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
