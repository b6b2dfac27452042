"""The house: areas in one order, layers inside each in another, and a room for every file of the project."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LAYERS = {"web", "cli", "services", "queries", "adapters", "models", "domain"}
# What stands in the ground floor beside its layers, and tests that are about no single area.
LEAVES = {"config", "extensions", "runtime"}
ACROSS = {"acceptance", "access", "e2e", "faults", "migrations"}
LONGEST_FUNCTION, LONGEST_FILE = 40, 300
# What takes long to load is loaded where it is used, since most processes never use it.
HEAVY = {"alembic", "fontTools", "fpdf", "openpyxl", "pypdfium2", "zxcvbn"}
BRINGING_HEAVY = {
    "feedback.assembly.commands", "feedback.workbooks.services.summary_sheet", "sqlalchemy.dialects.postgresql",
}  # fmt: skip


def sources(root: Path = ROOT) -> list[Path]:
    return sorted((root / "feedback").rglob("*.py"))


def rules(root: Path = ROOT) -> list[Path]:
    """The modules of every area's domain."""
    return [path for path in sources(root) if "domain" in (path.stem, path.parent.name)]


def areas(root: Path = ROOT) -> set[str]:
    """The areas the import linter knows an order of."""
    return {name for floor in floors(root) for name in floor} - {"app"}


def floors(root: Path = ROOT) -> list[list[str]]:
    """From the top down, as the contract has them."""
    with open(root / "pyproject.toml", "rb") as file:
        order, *_ = tomllib.load(file)["tool"]["importlinter"]["contracts"]
    return [floor.split(" | ") for floor in order["layers"]]


def out_of_place(root: Path) -> list[str]:
    """The modules that stand in no area, or in no layer of theirs, and the templates that stand beside no view."""
    known = areas(root)
    strays = [
        str(path.relative_to(root))
        for path in sources(root)
        if path.name != "__init__.py" and not _has_room(path.relative_to(root / "feedback"), known)
    ]
    return strays + [
        str(path.relative_to(root))
        for path in sorted((root / "templates").rglob("*.html"))
        if not _stands_beside_a_view(path.relative_to(root / "templates"), root)
    ]


def _has_room(path: Path, known: set[str]) -> bool:
    area, *rest = path.with_suffix("").parts
    if not rest:
        return area == "app"
    if area == "assembly":
        return len(rest) == 1
    return area in known and (rest[0] in LAYERS or (area == "base" and rest[0] in LEAVES))


def _stands_beside_a_view(path: Path, root: Path) -> bool:
    *parts, _name = path.parts
    if not parts:
        return False
    area, *folders = parts
    if area == "base":
        return folders in ([], ["components"])
    web = root / "feedback" / area / ("" if area == "assembly" else "web")
    return len(folders) == 1 and (web / f"{folders[0]}.py").exists()


def imports_of(path: Path) -> set[str]:
    """The modules a file imports, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            names.add(node.module or "")
    return names


def lint(root: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [program, "--no-cache", "--no-logo"], cwd=root, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The house in another place, to be damaged."""
    shutil.copytree(ROOT / "feedback", tmp_path / "feedback", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "templates", tmp_path / "templates")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_imports_point_down_twice_and_never_in_a_circle() -> None:
    result = lint(ROOT)

    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("importing", "imported", "contract"),
    [
        ("cases/services/claim.py", "feedback.desk.services.note", "An area uses those below it"),
        ("people/services/unit.py", "feedback.campaigns.domain.term", "An area uses those below it"),
        ("intake/web/doors.py", "feedback.desk.web.queue", "An area uses those below it"),
        ("base/adapters/log.py", "feedback.people.models", "An area uses those below it"),
        ("cases/domain/claim.py", "feedback.cases.models.submission", "Inside an area imports point down"),
        ("base/adapters/log.py", "feedback.base.runtime", "Rules, tables and use cases know nothing of HTTP"),
        ("digests/queries.py", "feedback.digests.services", "Inside an area imports point down"),
        ("cases/services/event.py", "flask", "Rules, tables and use cases know nothing of HTTP"),
        ("base/config.py", "feedback.base.domain.text", "The settings and the extensions are leaves"),
        ("cases/domain/submission.py", "feedback.cases.domain.placeholder", None),
        ("cases/domain/submission.py", "feedback.cases.domain.deadline", "No modules import each other in a circle"),
    ],
)
def test_one_import_that_is_turned_round_is_seen(
    copy: Path, importing: str, imported: str, contract: str | None
) -> None:
    path = copy / "feedback" / importing
    path.write_text(f"{path.read_text(encoding='utf-8')}\nimport {imported}\n", encoding="utf-8")

    found = lint(copy)

    broken = re.findall(r"^(.*) BROKEN$", found.stdout, re.M)
    assert (found.returncode == 0) == (contract is None), found.stdout
    assert contract is None or any(name.startswith(contract) for name in broken)


def test_every_area_has_a_floor_and_every_module_and_template_a_room() -> None:
    assert {path.name for path in (ROOT / "feedback").iterdir() if path.is_dir() and path.name[0] != "_"} == areas()
    assert out_of_place(ROOT) == []


@pytest.mark.parametrize(
    "stray",
    ["feedback/posters.py", "feedback/cases/claim.py", "feedback/helpers/text.py", "feedback/assembly/web/errors.py",
     "templates/queue/index.html", "templates/desk/posters/index.html", "templates/index.html"],
)  # fmt: skip
def test_a_file_without_a_room_is_seen(copy: Path, stray: str) -> None:
    (copy / stray).parent.mkdir(parents=True, exist_ok=True)
    (copy / stray).write_text('"""Nowhere."""\n', encoding="utf-8")

    assert out_of_place(copy) == [stray]


def test_an_area_without_a_floor_is_seen(copy: Path) -> None:
    (copy / "feedback" / "clues").mkdir()
    (copy / "feedback" / "clues" / "__init__.py").touch()

    assert lint(copy).returncode != 0


def test_tests_stand_where_stands_what_they_test() -> None:
    folders = {path.name for path in (ROOT / "tests").iterdir() if (path / "__init__.py").exists()}
    assert folders <= areas() | ACROSS
    strays = []
    for path in sorted((ROOT / "tests").glob("*/**/test_*.py")):
        area, *layer, _name = path.relative_to(ROOT / "tests").parts
        room, name = ROOT / "feedback" / area / Path(*layer), path.stem.removeprefix("test_")
        known = {own.stem for own in room.glob("*.py")}
        if layer == ["web"]:
            # Views are tried by what can be done with them: test_moderation_undo. What is about all of an area's pages
            # bears the area's name.
            is_known = any(name == own or name.startswith(f"{own}_") for own in known | {area})
        else:
            is_known = name in known
        if area not in ACROSS and not is_known:
            strays.append(str(path.relative_to(ROOT)))

    assert strays == []


def test_the_rules_import_the_standard_library_and_rules_only() -> None:
    foreign = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in rules()
        for name in imports_of(path)
        if name.partition(".")[0] not in sys.stdlib_module_names and not re.match(r"feedback\.\w+\.domain\b", name)
    }

    assert foreign == set()


def test_the_rules_read_no_clock() -> None:
    clock = re.compile(r"\.now\(|\.today\(|\.utcnow\(|\btime\.time\(|\bmonotonic\(")

    assert [path for path in rules() if clock.search(path.read_text(encoding="utf-8"))] == []


def test_every_light_import_stands_at_the_top_and_every_package_file_is_empty() -> None:
    inner = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in sources()
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names])
        if name.partition(".")[0] not in HEAVY and name not in BRINGING_HEAVY
    }

    assert inner == set()
    assert [path for path in sources() if path.name == "__init__.py" and path.stat().st_size] == []


def test_a_process_that_serves_visitors_loads_nothing_heavy(tmp_path: Path) -> None:
    shown = f"import sys, wsgi; print(*sorted({HEAVY!r} & set(sys.modules)))"
    environment = {**os.environ, "INSTANCE": str(tmp_path / "instance"), "KEYS_FILE": str(tmp_path / "keys.json")}

    loaded = subprocess.run(
        [sys.executable, "-c", shown], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    ).stdout.split()

    assert loaded == []


def test_no_function_and_no_file_is_long() -> None:
    long = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= LONGEST_FUNCTION
    ]
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in sources()}

    assert long == []
    assert [path for path, length in lengths.items() if length > LONGEST_FILE] == []


def test_a_view_changes_something_in_one_way() -> None:
    other = re.compile(r"\bstart_writing\b|\.commit\(|\.rollback\(")
    views = [path for path in sources() if "web" in path.parts and path.name != "change.py"]

    assert [str(path.relative_to(ROOT)) for path in views if other.search(path.read_text(encoding="utf-8"))] == []


def test_what_watches_over_the_processes_needs_the_standard_library_alone() -> None:
    foreign = imports_of(ROOT / "feedback" / "assembly" / "serve.py") - set(sys.stdlib_module_names)

    assert foreign == set()
