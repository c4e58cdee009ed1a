"""What routes of this room are handed of the long-lived things."""

from typing import Annotated

from fastapi import Depends, Request

from cloud.evaluation.evaluate import Classifiers


async def _classifiers(request: Request) -> Classifiers:
    classifiers: Classifiers = request.app.state.classifiers
    return classifiers


TheClassifiers = Annotated[Classifiers, Depends(_classifiers)]
