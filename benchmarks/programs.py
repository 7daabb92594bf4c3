"""The programs that the engine is measured with."""

from __future__ import annotations

import os
from typing import Any

from cloudwright import App
from cloudwright.aws import SNS, ImageBuilder

app = App("bench")

SHAPE = os.environ.get("BENCH_SHAPE", "independent")
SIZE = int(os.environ.get("BENCH_SIZE", "100"))
EDIT = os.environ.get("BENCH_EDIT", "")


def configuration(number: int) -> Any:
    description = f"number {number}" + (EDIT if number == 0 else "")
    return ImageBuilder.DistributionConfiguration(
        f"config{number}",
        Name=f"config-{number}",
        Description=description,
        Distributions=[
            {"Region": "us-east-1", "AmiDistributionConfiguration": {"Name": "ami-{{ imagebuilder:buildDate }}"}}
        ],
    )


def independent() -> None:
    for number in range(SIZE):
        configuration(number)


def chain() -> None:
    previous: Any = None
    for number in range(SIZE):
        previous = SNS.Topic(f"topic{number}", TopicName=f"topic-{number}", depends_on=previous)


def diamond() -> None:
    top = SNS.Topic("top", TopicName="top")
    middle = [
        SNS.Topic(f"middle{number}", TopicName=f"middle-{number}", DisplayName=f"of {top.TopicName}")
        for number in range(SIZE - 2)
    ]
    SNS.Topic("bottom", TopicName="bottom", depends_on=middle)


@app.program
def main() -> None:
    {"independent": independent, "chain": chain, "diamond": diamond}[SHAPE]()


if __name__ == "__main__":
    app.cli()
