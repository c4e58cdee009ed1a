"""What judging some pictures will cost, by what it cost lately."""

from decimal import Decimal

from sqlalchemy import func, select

from cloud.devices.config import ClassifierName, EvaluationSection
from cloud.evaluation.evaluate import choose_classifiers
from cloud.evaluation.models import ModelCall
from cloud.kit.database import OrganizationWork

LATELY = 500
"""How many of a classifier's newest calls are asked."""


async def estimate_cost(
    work: OrganizationWork, section: EvaluationSection, pictures: int
) -> Decimal | None:
    """US dollars for so many pictures; None where a model has not been paid for here yet.

    Each classifier's mean per picture, of the organization's own ledger. The baseline is free.
    """
    paid = [name for name in choose_classifiers(section) if name is not ClassifierName.BASELINE]
    means = [await _mean_per_picture(work, name) for name in paid]
    known = [mean for mean in means if mean is not None]
    return sum(known, start=Decimal(0)) * pictures if len(known) == len(means) else None


async def _mean_per_picture(work: OrganizationWork, name: ClassifierName) -> Decimal | None:
    newest = (
        select(ModelCall.capture_id, ModelCall.cost_usd)
        .where(
            ModelCall.organization_id == work.organization_id,
            ModelCall.classifier == name,
            ModelCall.cost_usd.is_not(None),
            ModelCall.capture_id.is_not(None),
        )
        .order_by(ModelCall.at.desc())
        .limit(LATELY)
        .subquery()
    )
    pictures = func.nullif(func.count(newest.c.capture_id.distinct()), 0)
    mean: Decimal | None = await work.scalar(select(func.sum(newest.c.cost_usd) / pictures))
    return mean
