"""The roll call of tables: importing this module makes all of them known to SQLAlchemy."""

from cloud.accounts import models as accounts
from cloud.alerts import models as alerts
from cloud.captures import models as captures
from cloud.descriptions import models as descriptions
from cloud.devices import models as devices
from cloud.evaluation import models as evaluation
from cloud.evaluation.budget import models as budgets
from cloud.evaluation.replay import models as replays
from cloud.events import models as events
from cloud.kit import limits, queue
from cloud.kit.models import Table
from cloud.operations import models as operations
from cloud.sharing import models as sharing
from cloud.triggers import models as triggers
from cloud.watch import models as watch

ROOMS = (
    accounts,
    alerts,
    budgets,
    captures,
    descriptions,
    devices,
    evaluation,
    events,
    limits,
    operations,
    queue,
    replays,
    sharing,
    triggers,
    watch,
)

METADATA = Table.metadata

WITHOUT_CONTENT = frozenset(
    {
        "users",
        "sessions",
        "refresh_tokens",
        "one_time_tokens",
        "invitation_tokens",
        "account_mails",
        "mailed_links",
        "units",
        "device_keys",
        "server_processes",
        "command_streams",
        "pairing_codes",
        "activation_codes",
        "redemptions",
        "share_tokens",
        "queued_work",
        "rate_limits",
    }
)
"""Tables outside row-level security: read before an organization is known, or nobody's. They hold
ids, hashes, leases and what the platform owns. Every other table is an organization's."""

APPEND_ONLY = frozenset({"audit_entries"})
"""Tables whose rows the process may add and read, but neither change nor remove."""


def tenant_column(table_name: str) -> str:
    """The column that says whose a row is."""
    return "id" if table_name == "organizations" else "organization_id"
