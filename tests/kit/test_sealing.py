import pytest

from cloud.kit.sealing import Seal, SealBroken


def test_what_is_sealed_opens_under_the_same_key_only() -> None:
    sealed = Seal("one key").close("whsec_ünïcode")
    assert Seal("one key").open(sealed) == "whsec_ünïcode"
    with pytest.raises(SealBroken):
        Seal("another key").open(sealed)


@pytest.mark.parametrize("text", ["", "plain", "gAAAAA", "ünï"])
def test_what_was_never_sealed_does_not_open(text: str) -> None:
    with pytest.raises(SealBroken):
        Seal("one key").open(text)


def test_the_same_text_is_sealed_differently_each_time() -> None:
    seal = Seal("one key")
    assert seal.close("a") != seal.close("a")
    assert "whsec" not in seal.close("whsec_secret")
