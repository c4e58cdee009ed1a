"""Tables about an organization as a whole."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from cloud.kit.models import Owned, Table


class Export(Owned, Table):
    """The one export that an organization may have under way. Its lease runs out by itself."""

    __tablename__ = "exports"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    token: Mapped[UUID]
    alive_until: Mapped[datetime]
