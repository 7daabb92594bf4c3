"""Rules about the documents of components and workflows, and about versions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cloudwright.imagebuilder.graph import COMPONENT, CONTAINER_RECIPE, IMAGE_RECIPE, WORKFLOW
from cloudwright.imagebuilder.rules.rule import Note, neighbour, quote
from cloudwright.imagedocs import check_component, check_workflow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cloudwright.imagebuilder.configuration import RuleSubject
    from cloudwright.imagedocs import Mistake

_LONGEST_DATA = 16000
_PLAIN = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+")
_WILDCARD = re.compile(r"([0-9]+|x)\.([0-9]+|x)\.([0-9]+|x)")
_RECIPES = (IMAGE_RECIPE, CONTAINER_RECIPE)


@neighbour(
    "IB203",
    "error",
    "API model, VersionNumber and WildcardVersionNumber; cloudformation-coverage-roadmap#2439",
    COMPONENT,
    WORKFLOW,
    *_RECIPES,
)
def version_form(subject: RuleSubject) -> Iterator[Note]:
    """A version is three numbers; only a recipe's may have an `x`."""
    node, recipe = subject.root["Version"], subject.declared.type in _RECIPES
    if node.text is None or (_WILDCARD if recipe else _PLAIN).fullmatch(node.text):
        return
    takes = "three numbers, such as 1.0.0" + (", or an x for a number that the service chooses" if recipe else "")
    wildcard = "" if recipe or "x" not in node.text.lower() else "; only recipes take an x"
    yield Note(
        node,
        f"{quote(node.text)} is not a version: use {takes}{wildcard}.",
        f"Write {quote(_three(node.text, recipe=recipe))}"
        + ("." if recipe else ", and increase it with every change."),
    )


@neighbour("IB204", "error", "Image Builder API, CreateComponent and CreateWorkflow", COMPONENT, WORKFLOW)
def one_document(subject: RuleSubject) -> Iterator[Note]:
    """A component or workflow has exactly one of Data and Uri; Data has up to 16000 characters."""
    data, uri = subject.root["Data"], subject.root["Uri"]
    what = "component" if subject.declared.type == COMPONENT else "workflow"
    if data.present == uri.present:
        has = "both Data and Uri" if data.present else "neither Data nor Uri"
        fix = "Remove Uri." if data.present else 'Add "Data" with the YAML document, or "Uri" with its S3 address.'
        yield Note(uri if data.present else subject.root, f"The {what} has {has}; it takes exactly one.", fix)
    if data.text is not None and len(data.text) > _LONGEST_DATA:
        text = f"Data has {len(data.text)} characters; at most {_LONGEST_DATA} are allowed."
        yield Note(data, text, 'Upload the document to S3 and set "Uri" to its address.')


@neighbour("IB211", "error", "EC2 Image Builder User Guide: toe-use-documents, toe-action-modules", COMPONENT)
def component_document(component: RuleSubject) -> Iterator[Note]:
    """A component's Data is a document that Image Builder can run."""
    text = _data(component)
    if text is not None:
        yield from _notes(component, check_component(text, component.root["Platform"].text or ""))


@neighbour(
    "IB212", "error", "EC2 Image Builder User Guide: image-workflow-create-document, wfdoc-step-actions", WORKFLOW
)
def workflow_document(workflow: RuleSubject) -> Iterator[Note]:
    """A workflow's Data is a document that Image Builder can run."""
    text = _data(workflow)
    if text is not None:
        yield from _notes(workflow, check_workflow(text, workflow.root["Type"].text or ""))


def _data(subject: RuleSubject) -> str | None:
    """The document as far as it is known: references in it may be known only after the deploy."""
    node = subject.root["Data"]
    return node.text if node.text is not None else subject.declared.outlines.get(node.path)


def _notes(subject: RuleSubject, mistakes: Iterable[Mistake]) -> Iterator[Note]:
    for one in mistakes:
        text = f"{str(one)[:1].upper()}{str(one)[1:]}."
        yield Note(subject.root["Data"], text, one.fix, severity="" if one.certain else "warning")


def _three(version: str, *, recipe: bool) -> str:
    """The nearest version of three numbers."""
    parts = re.findall(r"[0-9]+|x", version.lower())[:3]
    parts += ["0"] * (3 - len(parts))
    return ".".join(part if recipe or part != "x" else "0" for part in parts)
