"""Templates of the organization, the coach, and what a version changes, over HTTP."""

from cloud.accounts.models import Role
from cloud.kit.database import Database
from tests.devices.arranging import Signed, owner_of, read_audit
from tests.factories import make_user, signed_in

TEMPLATES = "/v1/descriptions"


async def write(owner: Signed, name: str, text: str = "A clear bench.") -> str:
    answer = await owner.client.post(TEMPLATES, json={"name": name, "text": text})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def test_a_template_is_kept_listed_and_read(owner: Signed) -> None:
    first, second = await write(owner, "Bench"), await write(owner, "Yard", "An empty yard.")
    page = (await owner.client.get(TEMPLATES, params={"limit": 1})).json()
    rest = (await owner.client.get(TEMPLATES, params={"cursor": page["next_cursor"]})).json()
    assert [one["id"] for one in page["items"] + rest["items"]] == [second, first]
    assert rest["next_cursor"] is None
    read = (await owner.client.get(f"{TEMPLATES}/{second}")).json()
    assert (read["name"], read["text"]) == ("Yard", "An empty yard.")
    assert read["created_by"] == owner.someone.email


async def test_a_version_made_of_a_template_is_a_copy(
    owner: Signed, path: str, database: Database
) -> None:
    template_id = await write(owner, "Bench")
    made = await owner.client.post(path, json={"template_id": template_id})
    assert (made.status_code, made.json()["name"]) == (201, "Bench")
    assert (await owner.client.delete(f"{TEMPLATES}/{template_id}")).status_code == 204
    assert (await owner.client.get(f"{path}/1")).json()["text"] == "A clear bench."
    gone = await owner.client.post(path, json={"template_id": template_id})
    assert (gone.status_code, gone.json()["code"]) == (404, "template_not_found")
    actions = [entry.action for entry in await read_audit(database, owner.someone)]
    assert {"description_template.written", "description_template.removed"} <= set(actions)


async def test_a_foreign_template_a_missing_one_and_no_id_at_all_look_alike(
    owner: Signed, path: str, database: Database, base_url: str
) -> None:
    async with owner_of(database, base_url) as stranger:
        theirs = await write(stranger, "Secret")
    for template_id in (theirs, "0199f1c2-7b1e-7c5a-9a41-2f7d3b6c1e55", "x"):
        read = await owner.client.get(f"{TEMPLATES}/{template_id}")
        used = await owner.client.post(path, json={"template_id": template_id})
        assert read.status_code == used.status_code == 404
        assert read.json() == used.json()
    assert (await owner.client.get(TEMPLATES)).json()["items"] == []


async def test_members_write_templates_and_only_admins_remove_them(
    owner: Signed, database: Database, base_url: str
) -> None:
    member = await make_user(database, owner.someone.organization_id, role=Role.MEMBER)
    async with signed_in(base_url, member) as client:
        kept = await client.post(TEMPLATES, json={"name": "Bench", "text": "Clear."})
        assert kept.status_code == 201
        assert (await client.delete(f"{TEMPLATES}/{kept.json()['id']}")).status_code == 403


async def test_the_coach_speaks_before_and_after_a_text_is_saved(owner: Signed, path: str) -> None:
    text = "Five tools hang on the wall and nothing unusual is seen."
    before = (await owner.client.post(f"{TEMPLATES}/hints", json={"text": text})).json()
    assert [hint["code"] for hint in before["hints"]] == ["empty_negation", "only_absence"]
    saved = (await owner.client.post(path, json={"text": text})).json()
    assert saved["hints"] == before["hints"]
    assert (await owner.client.get(f"{path}/1")).json()["hints"] == before["hints"]


async def test_a_version_is_compared_with_the_one_in_force_or_any_other(
    owner: Signed, path: str
) -> None:
    for text in ("A vice. A lamp.", "A vice. A saw.", "A vice. A drill."):
        await owner.client.post(path, json={"text": text})
    in_force = (await owner.client.get(f"{path}/3/diff")).json()
    assert (in_force["version"], in_force["against"]) == (3, 1)
    assert in_force["pieces"] == [
        {"change": "same", "text": "A vice."},
        {"change": "removed", "text": "A lamp."},
        {"change": "added", "text": "A drill."},
    ]
    chosen = (await owner.client.get(f"{path}/3/diff", params={"against": 2})).json()
    assert chosen["pieces"][1] == {"change": "removed", "text": "A saw."}


async def test_the_version_in_force_is_compared_with_the_one_before_it(
    owner: Signed, path: str
) -> None:
    await owner.client.post(path, json={"text": "A lamp."})
    first = (await owner.client.get(f"{path}/1/diff")).json()
    assert [piece["change"] for piece in first["pieces"]] == ["same"]
    await owner.client.post(path, json={"text": "A saw.", "activate": True})
    assert (await owner.client.get(f"{path}/2/diff")).json()["against"] == 1
    missing = await owner.client.get(f"{path}/2/diff", params={"against": 9})
    assert (missing.status_code, missing.json()["code"]) == (404, "description_not_found")
