"""A hundred small mistakes in rules, services and access: does any test notice each of them?

The list, `mutants.txt`, was drawn once and is kept, so that a run of tests that got quicker is tried with the mistakes
the slower one caught. `python -m tests.mutants` works in a copy: one run notes which tests enter the functions of the
list; then one mistake after the other is made, and the tests that enter its function run until one fails, those of its
area first. `--draw` draws the list anew, `--only N …` tries some lines.
"""

import argparse
import ast
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[1]
LIST = Path(__file__).with_suffix(".txt")
COUNT, SEED = 100, 20_261_129
LAYERS = {"domain", "services"}
ACCESS = ("feedback/people/web/access.py", "feedback/base/web/marks.py", "feedback/cases/queries/visibility.py")
# What starts services of its own, or only repeats on much input what others try.
LEFT_OUT = ("e2e", "faults", "acceptance")
TEST_SECONDS = 1800
_OPPOSITES: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """The `place`-th mistake that can be made in a function; known by name, so that moved lines change nothing."""

    path: str
    function: str
    place: int
    change: str

    def __str__(self) -> str:
        return f"{self.path} | {self.function} | {self.place} | {self.change}"

    @property
    def where(self) -> str:
        return f"{self.path} | {self.function}"

    @classmethod
    def read(cls, line: str) -> "Mutant":
        path, function, place, change, *_ = (part.strip() for part in line.split(" | "))
        return cls(path, function, int(place), change)


def sources() -> list[Path]:
    """What is changed: rules, services, and what decides who may do what."""
    every = sorted((ROOT / "feedback").rglob("*.py"))
    return [path for path in every if LAYERS & {path.stem, path.parent.name}] + [ROOT / path for path in ACCESS]


def mistakes(function: ast.FunctionDef) -> Iterator[tuple[ast.AST, ast.AST]]:
    """Each node that can be got wrong, and how; in the order of the text."""
    for node in ast.walk(function):
        if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _OPPOSITES:
            wrong: ast.AST = ast.Compare(node.left, [_OPPOSITES[type(node.ops[0])]()], node.comparators)
        elif isinstance(node, ast.BoolOp):
            wrong = ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            wrong = node.operand
        elif isinstance(node, ast.Raise):
            wrong = ast.Pass()
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
            wrong = ast.BinOp(node.left, ast.Sub() if isinstance(node.op, ast.Add) else ast.Add(), node.right)
        else:
            continue
        yield node, wrong


def functions(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef]]:
    """Every function with its name, those of classes too."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from ((f"{node.name}.{one.name}", one) for one in node.body if isinstance(one, ast.FunctionDef))


def drawn() -> list[Mutant]:
    """The same hundred from the same code."""
    every = [
        Mutant(str(path.relative_to(ROOT)), name, place, f"{_short(right)} -> {_short(wrong)}")
        for path in sources()
        for name, function in functions(ast.parse(path.read_text(encoding="utf-8")))
        for place, (right, wrong) in enumerate(mistakes(function))
    ]
    return sorted(random.Random(SEED).sample(every, COUNT), key=str)


def _short(node: ast.AST) -> str:
    return " ".join(ast.unparse(ast.fix_missing_locations(deepcopy(node))).split())[:80]


def changed(text: str, mutant: Mutant) -> str:
    """The module with the mistake in it."""
    tree = ast.parse(text)
    function = dict(functions(tree))[mutant.function]
    right, wrong = list(mistakes(function))[mutant.place]
    assert f"{_short(right)} -> {_short(wrong)}" == mutant.change, f"{mutant}: the code has changed; draw the list anew"

    class Put(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> ast.AST:
            return wrong if node is right else self.generic_visit(node)

    return ast.unparse(ast.fix_missing_locations(Put().visit(tree)))


# Put into the copy; the product knows nothing of it.
_NOTING = """
import os
_seen = set()
def entered(function):
    test = os.environ.get("PYTEST_CURRENT_TEST", "").partition("[")[0].partition(" ")[0]
    if (function, test) not in _seen:
        _seen.add((function, test))
        with open(os.environ["ENTERED"], "a", encoding="utf-8") as file:
            file.write(f"{function} | {test}\\n")
"""


def entering_tests(mutants: list[Mutant], copy: Path) -> dict[str, list[str]]:
    """The tests that enter the function of each mutant; found by a run in which those functions say so."""
    (copy / "feedback/_entered.py").write_text(_NOTING, encoding="utf-8")
    before = {path: path.read_text(encoding="utf-8") for path in {copy / one.path for one in mutants}}
    for path, text in before.items():
        tree = ast.parse(text)
        for name, function in functions(tree):
            place = f"{path.relative_to(copy)} | {name}"
            if any(place == one.where for one in mutants):
                call = ast.parse(f"__import__('feedback._entered', fromlist=['entered']).entered({place!r})").body
                function.body[bool(ast.get_docstring(function)) : 0] = call
        path.write_text(ast.unparse(ast.fix_missing_locations(tree)), encoding="utf-8")
    noted = copy.parent / "entered"
    noted.touch()
    run_tests(copy, [f"--ignore=tests/{name}" for name in LEFT_OUT], ENTERED=str(noted))
    for path, text in before.items():
        path.write_text(text, encoding="utf-8")
    (copy / "feedback/_entered.py").unlink()
    found: dict[str, list[str]] = {one.where: [] for one in mutants}
    for line in noted.read_text(encoding="utf-8").splitlines():
        where, _, test = line.rpartition(" | ")
        found[where] += [test] if test and test not in found[where] else []
    return found


def caught_by(mutant: Mutant, copy: Path, tests: list[str]) -> str:
    """The first of the tests that fails, or nothing."""
    path = copy / mutant.path
    before = path.read_text(encoding="utf-8")
    path.write_text(changed(before, mutant), encoding="utf-8")
    area = f"tests/{mutant.path.split('/')[1]}/"
    try:
        for some in (
            [test for test in tests if test.startswith(area)],
            [test for test in tests if not test.startswith((area, "tests/access/"))],
            [test for test in tests if test.startswith("tests/access/")],
        ):
            run = run_tests(copy, ["-x", *some]) if some else None
            if run and run.returncode:
                failed = [line for line in run.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
                return failed[-1].split(" - ")[0] if failed else "the run itself"
    finally:
        path.write_text(before, encoding="utf-8")
    return ""


def run_tests(copy: Path, arguments: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:tests.costs", *arguments],
        cwd=copy, env={**os.environ, "TEST_DATABASE": "sqlite", **environment}, capture_output=True, text=True,
        timeout=TEST_SECONDS, check=False,
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draw", action="store_true")
    parser.add_argument("--only", type=int, nargs="+", metavar="N")
    wanted = parser.parse_args()
    if wanted.draw:
        LIST.write_text("\n".join(map(str, drawn())) + "\n", encoding="utf-8")
        return
    lines = LIST.read_text(encoding="utf-8").splitlines()
    survived = 0
    with TemporaryDirectory() as folder:
        copy = Path(folder) / "project"
        shutil.copytree(
            ROOT, copy, ignore=shutil.ignore_patterns(".venv", ".git", "instance", "secrets", "__pycache__")
        )
        chosen = [lines[number - 1] for number in wanted.only] if wanted.only else lines
        mutants = [Mutant.read(line) for line in chosen]
        tests = entering_tests(mutants, copy)
        for mutant in mutants:
            test = caught_by(mutant, copy, tests[mutant.where])
            survived += not test
            sys.stdout.write(f"{mutant}\n    {test or f'SURVIVED {len(tests[mutant.where])} tests'}\n")
            sys.stdout.flush()
    sys.exit(f"{survived} survived" if survived else 0)


if __name__ == "__main__":
    main()
