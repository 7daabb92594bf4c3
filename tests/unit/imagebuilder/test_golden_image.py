from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudwright.imagebuilder.access import changes
from cloudwright.imagebuilder.grid import KEY_POLICY, grid
from cloudwright.imagebuilder.model import account_names, distributions
from cloudwright.imagebuilder.rules import RULES
from cloudwright.plan.findings import evaluate
from cloudwright.render.images.matrix import access_text, concerns_text, matrix_text
from imagebuilder_plans import declare, golden, plan_of

if TYPE_CHECKING:
    from cloudwright.plan.model import Declared, Plan

MATRIX = """\
                     us-east-1*   eu-west-1    ap-southeast-2
111111111111 build   O  k P T     O  k P       O  k P
222222222222 dev     CS k         .            .
333333333333 stage   CS k         CS k         .
444444444444 prod    CS k         CS k         CS k
555555555555 dr      CS k         CS k         CS k
ou-ab12-cdef3456     S  k !       .            .
AMIs made            1+4          1+3          1+2             12 in all   * build Region"""

DIFFERENCE = """\
GAINS   launch   ou-ab12-cdef3456 in eu-west-1 (share)
LOSES   launch   222222222222 dev in us-east-1 (copy, share)
PUBLIC  no -> no

                     us-east-1*   eu-west-1
222222222222 dev     -CS          .
ou-ab12-cdef3456     S            +S

Takes effect at the next pipeline run. AMIs already distributed stay until they are deregistered (IB156)."""


def test_the_matrix_is_that_of_the_specification() -> None:
    plan = golden()

    drawn = grid(distributions(plan)[0], evaluate(plan, RULES), account_names(plan))

    assert MATRIX == matrix_text(drawn)


def test_the_mark_says_that_the_key_does_not_know_the_unit() -> None:
    plan = golden()
    drawn = grid(distributions(plan)[0], evaluate(plan, RULES), account_names(plan))

    assert [KEY_POLICY] == [concern.id for row in drawn.rows for cell in row.cells for concern in cell.concerns]
    assert concerns_text(drawn) == (
        "! key-policy  The policy of the key (ImageKey:/Arn) does not name ou-ab12-cdef3456.\n"
        "    ou-ab12-cdef3456 in us-east-1"
    )


def test_the_findings_are_those_of_the_specification() -> None:
    found = evaluate(golden(), RULES)

    assert [("IB140", "warning"), ("IB153", "info")] == [(single.id, single.severity) for single in found]
    assert "ou-ab12-cdef3456" in found[1].text


def test_after_the_deploy_when_every_value_is_known_the_pictures_and_findings_are_the_same() -> None:
    plan = deployed(golden())

    found = evaluate(plan, RULES)

    assert ["IB140", "IB153"] == [single.id for single in found]
    assert MATRIX == matrix_text(grid(distributions(plan)[0], found, account_names(plan)))
    assert "Access does not change." == access_text(changes(plan)[0])


def test_the_plan_reports_a_missing_cross_account_role() -> None:
    plan = golden()
    lacking = plan_of(*(declared for declared in plan.declared if declared.key != "CrossRoleProd"))

    found = evaluate(lacking, RULES)

    assert ["IB125", "IB140", "IB153"] == [single.id for single in found]
    assert "444444444444" in found[0].text
    row = next(row for row in grid(distributions(lacking)[0], found).rows if row.principal.id == "444444444444")
    assert [("IB125",)] * 3 == [tuple(concern.id for concern in cell.concerns) for cell in row.cells]


def test_dev_taken_out_and_the_unit_added_elsewhere() -> None:
    before = deployed(golden())
    plan = plan_of(*(changed(declared) for declared in before.declared))

    assert DIFFERENCE == access_text(changes(plan)[0], account_names(plan))


def changed(declared: Declared) -> Declared:
    if declared.key != "Distribution":
        return declared
    properties: Any = copied(declared.properties)
    home, away, _ = (entry["AmiDistributionConfiguration"] for entry in properties["Distributions"])
    home["TargetAccountIds"].remove("222222222222")
    home["LaunchPermissionConfiguration"]["UserIds"].remove("222222222222")
    units = home["LaunchPermissionConfiguration"]["OrganizationalUnitArns"]
    away["LaunchPermissionConfiguration"]["OrganizationalUnitArns"] = list(units)
    return replace(declared, properties=properties)


def deployed(plan: Plan) -> Plan:
    """The same program on its second run: references resolved, and the state holds what was declared."""
    places = {declared.key: declared for declared in plan.declared}
    known = (resolved(declared.properties, places) for declared in plan.declared)
    return plan_of(
        *(
            replace(declared, properties=properties, previous=properties)
            for declared, properties in zip(plan.declared, known, strict=True)
        )
    )


def resolved(value: Any, places: dict[str, Declared]) -> Any:
    if isinstance(value, list):
        return [resolved(item, places) for item in value]
    if not isinstance(value, dict):
        return value
    if "$unknown" not in value:
        return {name: resolved(item, places) for name, item in value.items()}
    key, _, attribute = value["$unknown"].partition(":/")
    return sample(places[key], attribute)


def sample(declared: Declared, attribute: str) -> str:
    place = f"{declared.target.region}:{declared.target.account}"
    if declared.type.startswith("AWS::KMS"):
        return f"arn:aws:kms:{place}:key/mrk-1234abcd12ab34cd56ef1234567890ab"
    if attribute == "LaunchTemplateId":
        return "lt-0123456789abcdef0"
    kinds = {"Recipe": "image-recipe", "Infra": "infrastructure-configuration", "Hardening": "component"}
    kind = kinds.get(declared.key, "distribution-configuration")
    if declared.type.startswith("AWS::ImageBuilder"):
        return f"arn:aws:imagebuilder:{place}:{kind}/{declared.properties['Name']}"
    return f"arn:aws:other:{place}:{declared.key}"


def copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: copied(item) for name, item in value.items()}
    return [copied(item) for item in value] if isinstance(value, list) else value


def test_a_narrow_terminal_gets_the_matrix_in_parts() -> None:
    drawn = grid(distributions(golden())[0])

    text = matrix_text(drawn, 40)

    assert all(len(line) <= 40 for line in text.splitlines())
    assert text.count("AMIs made") == 3
    assert text.endswith("12 in all   * build Region")


def test_a_concern_of_many_cells_is_reported_once() -> None:
    plan = golden()
    ours = [declare(f"topic/{n}", "AWS::SNS::Topic", account=12 * f"{n}") for n in range(2, 6)]
    lacking = plan_of(*(declared for declared in plan.declared if not declared.key.startswith("CrossRole")), *ours)
    drawn = grid(distributions(lacking)[0], evaluate(lacking, RULES))

    text = concerns_text(drawn, 80)

    assert text.count("IB125") == 1
    assert "    444444444444, 555555555555 in us-east-1, eu-west-1, ap-southeast-2" in text.splitlines()
