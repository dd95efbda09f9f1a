"""Tests without sockets are those of this project's tests/unit, wherever the project's folder is."""

import shutil
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import SimpleNamespace

CONFTEST = Path(__file__).parents[1] / "conftest.py"


def test_collection_clone_below_a_folder_called_unit_marks_unit_tests_only(tmp_path: Path) -> None:
    tests = tmp_path / "unit" / "clone" / "tests"
    tests.mkdir(parents=True)
    shutil.copyfile(CONFTEST, tests / "conftest.py")
    spec = spec_from_file_location("cloned_conftest", tests / "conftest.py")
    assert spec is not None
    assert spec.loader is not None
    conftest = module_from_spec(spec)
    spec.loader.exec_module(conftest)
    marked: list[str] = []

    def item(name: str) -> SimpleNamespace:
        return SimpleNamespace(
            path=tests / name,
            add_marker=lambda _mark: marked.append(name),
            get_closest_marker=lambda _name: None,
        )

    conftest.pytest_collection_modifyitems(
        [item("unit/kit/test_ids.py"), item("integration/kit/test_outbox.py")]
    )

    assert marked == ["unit/kit/test_ids.py"]
