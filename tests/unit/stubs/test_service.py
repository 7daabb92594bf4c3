from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.schema.catalog import Catalog, from_schema
from stubs.build import generate
from stubs.service import write_index, write_module, write_service

if TYPE_CHECKING:
    from pathlib import Path

NAME = "AWS::Test::Thing"
MISFIT = " | _Misfit"
"""What every property of a resource takes besides, so that mypy names the argument; see `cloudwright.aws.shapes`."""


def stub(properties: dict[str, Any], **schema: Any) -> dict[str, str]:
    """The classes of the stub of one type, each as its text below the first line; aliases too."""
    whole = {
        "typeName": NAME,
        "properties": properties,
        "primaryIdentifier": ["/properties/Id"],
        "additionalProperties": False,
        **schema,
    }
    text = write_service([from_schema(whole)])
    found = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.ClassDef):
            found[node.name] = "\n".join(ast.unparse(part) for part in node.body).replace(MISFIT, "")
        elif isinstance(node, ast.AnnAssign | ast.Assign):
            target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
            found[ast.unparse(target)] = ast.unparse(node.value or node)
    return found


def value(node: dict[str, Any], **schema: Any) -> str:
    """What one property takes."""
    return stub({"P": node}, required=["P"], **schema)["Thing_Properties"].removeprefix("P: ")


def closed(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False}


TEXT = {"type": "string"}


def test_scalars_also_take_what_is_known_later() -> None:
    assert "_Required[_Text]" == value(TEXT)
    assert "_Required[_Whole]" == value({"type": "integer"})
    assert "_Required[_Number]" == value({"type": "number"})
    assert "_Required[_Flag]" == value({"type": "boolean"})
    assert "_Required[_Text | _Whole]" == value({"type": ["integer", "string"]})


def test_lists_and_maps_say_what_is_in_them() -> None:
    assert "_Required[_List[_Text]]" == value({"type": "array", "items": TEXT})
    assert "_Required[_Mapping[str, _Text]]" == value({"type": "object", "patternProperties": {".+": TEXT}})
    assert "_Required[_Mapping[str, _Any]]" == value({"type": "object"})
    assert "_Required[_Mapping[str, _Any] | _Text]" == value({"type": ["object", "string"]})


def test_listed_values_are_literals_unless_case_is_free() -> None:
    assert "_Required[_Literal['a', 'b'] | _Later]" == value({"type": "string", "enum": ["a", "b"]})
    assert "_Required[_Literal[1, 2] | _Later]" == value({"type": "integer", "enum": [1, 2]})
    assert "_Required[_Text]" == value({"type": "string", "enumCaseInsensitive": ["a", "b"]})
    pattern = {"type": "string", "anyOf": [{"type": "string", "enum": ["a"]}, {"pattern": "^b$"}]}
    assert "_Required[_Text]" == value(pattern)


def test_a_definition_of_listed_values_has_a_name() -> None:
    found = stub({"P": {"$ref": "#/definitions/Kind"}}, definitions={"Kind": {"type": "string", "enum": ["a"]}})
    assert "_Literal['a']" == found["Thing_Kind"]
    assert "P: Thing_Kind | _Later | None" == found["Thing_Properties"]
    assert "P: _Final[Thing_Kind]" in found["Thing"]


def test_definitions_and_nested_objects_become_typed_dicts() -> None:
    part = {**closed(A=TEXT, B=closed(C=TEXT)), "required": ["A"]}
    found = stub({"P": {"$ref": "#/definitions/Part"}}, definitions={"Part": part})
    assert "P: Thing_Part" == found["Thing_Properties"]
    assert "A: _Required[_Text]\nB: Thing_Part_B" == found["Thing_Part"]
    assert "C: _Text | None" == found["Thing_Part_B"]


def test_a_nested_object_does_not_pass_for_the_definition_of_its_name() -> None:
    found = stub(
        {"Part": closed(A=TEXT), "Other": {"$ref": "#/definitions/Part"}}, definitions={"Part": closed(B=TEXT)}
    )
    assert {"Part: Thing_Part_", "Other: Thing_Part"} == set(found["Thing_Properties"].splitlines())
    assert ("A: _Text | None", "B: _Text | None") == (found["Thing_Part_"], found["Thing_Part"])


def test_the_target_of_a_reference_wins_over_its_siblings() -> None:
    odd = {"$ref": "#/definitions/Kind", "type": "object"}
    assert "_Required[_Text]" == value(odd, definitions={"Kind": TEXT})


def test_recursion_ends() -> None:
    tree = closed(Children={"type": "array", "items": {"$ref": "#/definitions/Tree"}})
    assert (
        "Children: _List[Thing_Tree] | None"
        == stub({"P": {"$ref": "#/definitions/Tree"}}, definitions={"Tree": tree})["Thing_Tree"]
    )
    lists = {"type": "array", "items": {"$ref": "#/definitions/Lists"}}
    assert "_Required[_List[_Any]]" == value({"$ref": "#/definitions/Lists"}, definitions={"Lists": lists})


def test_alternatives_are_one_typed_dict_in_which_only_the_common_is_required() -> None:
    branches = [{**closed(A=TEXT), "required": ["A"]}, {**closed(B=TEXT), "required": ["B"]}]
    found = stub({"P": {"$ref": "#/definitions/Part"}}, definitions={"Part": {"oneOf": branches}})
    assert "A: _Text | None\nB: _Text | None" == found["Thing_Part"]


def test_names_that_python_cannot_spell_take_the_functional_form() -> None:
    found = stub({"P": {"$ref": "#/definitions/Part"}}, definitions={"Part": closed(**{"a-b": TEXT, "from": TEXT})})
    assert "_TypedDict('Thing_Part', {'a-b': _Text | None, 'from': _Text | None}, total=False)" == found["Thing_Part"]


def test_an_open_object_takes_everything() -> None:
    assert "_Required[_Mapping[str, _Any]]" == value({"type": "object", "properties": {"A": TEXT}})


def test_read_only_properties_are_attributes_alone() -> None:
    found = stub({"Id": TEXT, "Size": {"type": "integer"}}, readOnlyProperties=["/properties/Id"])
    assert "Size: _Whole | None" == found["Thing_Properties"]
    assert {"Id: _Final[str]", "Size: _Final[int]"} == set(found["Thing"].splitlines()[:2])


def test_tags_are_not_bound_to_one_type() -> None:
    tag = {**closed(Key=TEXT, Value=TEXT), "required": ["Key"]}
    assert "_Required[_List[_Tag]]" == value(
        {"type": "array", "items": {"$ref": "#/definitions/Tag"}}, definitions={"Tag": tag}
    )


def test_a_name_of_our_making_and_an_alias_are_known() -> None:
    text = write_service([Catalog.bundled().get("AWS::ImageBuilder::DistributionConfiguration")])
    assert "    Name: _Text | None\n" in text
    assert "    LaunchPermission: DistributionConfiguration_LaunchPermissionConfiguration\n" in text


def test_no_text_of_the_sources_gets_into_a_stub() -> None:
    described = {"type": "string", "description": "SOURCE PROSE"}
    assert "SOURCE PROSE" not in str(stub({"P": described}, description="SOURCE PROSE"))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Path]]:
    """All files, written into a folder that holds some of a former time, and what `generate` says of them."""
    folder = tmp_path_factory.mktemp("stubs")
    for name in ("Gone.py", "Gone.pyi", "control.py", "S3.pyi"):
        (folder / name).write_text("", encoding="utf-8")
    return folder, generate(folder)


def test_every_service_has_a_stub_a_module_and_a_place_in_the_index(written: tuple[Path, list[Path]]) -> None:
    catalog = Catalog.bundled()
    services = {name.split("::")[1] for name in catalog.names() if name.startswith("AWS::")}
    files = {path.name: path.read_text("utf-8") for path in written[1]}

    assert {f"{name}{end}" for name in services for end in (".py", ".pyi")} | {"services.pyi"} == set(files)
    assert write_index(sorted(services)).splitlines() == sorted(files["services.pyi"].splitlines())
    for name, text in files.items():
        classes = [node.name for node in ast.parse(text, name).body if isinstance(node, ast.ClassDef)]
        assert len(classes) == len(set(classes)), name


def test_files_of_services_that_are_gone_are_removed_and_others_kept(written: tuple[Path, list[Path]]) -> None:
    folder, files = written

    assert {*files, folder / "control.py"} == set(folder.iterdir())
    assert "class Bucket(" in (folder / "S3.pyi").read_text(encoding="utf-8")


def test_what_is_current_is_not_written_again(written: tuple[Path, list[Path]]) -> None:
    folder, files = written
    before = {path: path.stat().st_mtime_ns for path in files}

    assert before == {path: path.stat().st_mtime_ns for path in generate(folder)}


def test_a_services_module_gives_its_classes() -> None:
    module: dict[str, Any] = {}
    exec(compile(write_module("AWS", "S3"), "S3.py", "exec"), module)  # the text is ours

    assert "<resource class AWS::S3::Bucket>" == repr(module["__getattr__"]("Bucket"))


def test_every_property_of_a_resource_and_the_mapping_of_them_look_like_any_argument_to_mypy() -> None:
    schema = {"typeName": NAME, "properties": {"A": TEXT, "B": closed(C=TEXT)}, "additionalProperties": False}
    text = write_service([from_schema({**schema, "primaryIdentifier": ["/properties/A"]})])

    assert "    A: _Text | None | _Misfit" in text
    assert "    B: Thing_B | _Misfit" in text
    assert "properties: Thing_Properties | _Misfit, /" in text
    assert "    C: _Text | None\n" in text
