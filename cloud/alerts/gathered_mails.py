"""The words of a digest of gathered messages: how many there were, and a line for each incident."""

from urllib.parse import urlsplit

from cloud.alerts.documents import incident_document
from cloud.alerts.gathered import GatheredLetter
from cloud.alerts.gathering import MOST_AN_HOUR
from cloud.alerts.mails import TEMPLATES, say_when
from cloud.alerts.models import DeliveryKind, IncidentState, MailedAction
from cloud.alerts.queries import ShownIncident
from cloud.alerts.wording import wording_of
from cloud.channels.channel import Message
from cloud.channels.email_message import LONGEST_SUBJECT
from cloud.channels.mail_templates import make_message_id
from cloud.channels.plain_words import clean_line
from cloud.kit.clock import utc_now
from cloud.kit.settings import Settings

MOST_LISTED = 50
"""How many incidents are told one by one: of more, how many more there are."""


def render_gathered(letter: GatheredLetter, settings: Settings) -> Message:
    """The message of a digest. Its id is the same at every attempt."""
    listed = letter.incidents[:MOST_LISTED]
    label = settings.alert_environment_label
    subject = f"{letter.organization_name}: {letter.count} messages in one"
    unsubscribe_url = letter.links.get(MailedAction.UNSUBSCRIBE)
    words = {
        "count": letter.count,
        "most": MOST_AN_HOUR,
        "entries": [_entry(shown, letter.zone, settings) for shown in listed],
        "more": len(letter.incidents) - len(listed),
        "incidents_url": f"{settings.base_url}/ui/incidents",
        "unsubscribe_url": unsubscribe_url,
        "label": label,
        "recipient": letter.recipient,
        "site": urlsplit(settings.base_url).netloc,
    }
    return Message(
        message_id=make_message_id(letter.delivery_id, settings.base_url),
        to=letter.recipient,
        subject=clean_line(f"[{label}] {subject}" if label else subject, LONGEST_SUBJECT),
        text=TEMPLATES.get_template("gathered.txt").render(words),
        html=TEMPLATES.get_template("gathered.html").render(words),
        unsubscribe_url=unsubscribe_url,
        data={
            "type": str(DeliveryKind.DIGEST),
            "timestamp": utc_now(),
            "data": {
                "organization": letter.organization_name,
                "messages_count": letter.count,
                "incidents": [incident_document(shown) for shown in letter.incidents],
            },
        },
    )


def _entry(shown: ShownIncident, zone: str, settings: Settings) -> dict[str, str]:
    incident, capture = shown.incident, shown.latest_capture
    reason = f" — {capture.reason}" if capture is not None and capture.reason else ""
    return {
        "what": f"{shown.device_name}: {wording_of(incident.kind).opened_subject}{reason}",
        "since": say_when(incident.opened_at, zone),
        "state": STATES[IncidentState(incident.state)],
        "url": f"{settings.base_url}/ui/incidents/{incident.id}",
    }


STATES = {
    IncidentState.OPEN: "still open",
    IncidentState.ACKNOWLEDGED: "somebody has seen it",
    IncidentState.RESOLVED: "over",
}
