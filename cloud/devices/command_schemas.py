"""What a camera sends about its commands."""

from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict

from cloud.devices.commands import Acknowledgement
from cloud.kit.bodies import Body, Line, OneLine
from device.wire import AckStatus

DeviceVersion = Annotated[str, OneLine(at_least=1, at_most=64)]


class AckBody(Body):
    """What became of a command: taken, done or failed. Saying it twice changes nothing."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "status": "done",
                    "capture_record_id": "01985f3e-6c1a-7b30-9d42-5f0c6f1d2a11",
                }
            ]
        }
    )

    status: AckStatus
    detail: Line | None = None
    capture_record_id: UUID | None = None

    def said(self) -> Acknowledgement:
        return Acknowledgement(self.status, self.detail, self.capture_record_id)


class SpokenAck(AckBody):
    """The same over a WebSocket, where no address names the command."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"command_id": "01985f3e-6c1a-7b30-9d42-5f0c6f1d2a12", "status": "accepted"}
            ]
        }
    )

    command_id: UUID
