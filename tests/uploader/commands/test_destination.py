"""--to is a folder or a storage account; a mistyped address is never a folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uploader.commands.destination import (
    Account,
    Folder,
    UnknownDestinationError,
    parse_destination,
)

ACCOUNT = "https://acct.blob.core.windows.net"
EMULATOR = "http://127.0.0.1:10000/devstoreaccount1"
SECRET = "c2VjcmV0LXNpZ25hdHVyZQ"  # noqa: S105 (opens nothing)

# Divided by spaces; those that hold one stand with their test.
FOLDERS = r"""
    blobs blobs/ blobs.v2 images-1.2.3 café b@c . .. ./s3://x ./azrue ../blobs
    /srv/no/such/folder/blobs C:\blobs c:/blobs .\blobs \\server\share\blobs ./--dry-run
    ./acct.blob.core.windows.net ./x?sig=y C:blobs nonexistent ./null ./azure-images
"""
REFUSED = r"""
    s3://bucket s3a://bucket gs://bucket hdfs://host/x file:///srv/blobs ftp://host/x
    azure://images azblob://images adl://x.azuredatalakestore.net
    htps://acct.blob.core.windows.net http//acct.blob.core.windows.net
    https:/acct.blob.core.windows.net https:acct.blob.core.windows.net
    https:\\acct.blob.core.windows.net https//acct.blob.core.windows.net https:// https:///images
    https ://acct.blob.core.windows.net //acct.blob.core.windows.net/images wasbs:/images@acct
    wasbs://acct.blob.core.windows.net/images wasbs://images@acct wasbs://images@ wasbs://@acct
    wasbs://images@127.0.0.1:10000/acct wasbs abfss://acct.dfs.core.windows.net/images az://
    az:/images az:images az az://acct.blob.core.windows.net/images az://images@acct
    acct.blob.core.windows.net acct.blob.core.windows.net/images images@acct.blob.core.windows.net
    ACCT.blob.core.windows.net acct.dfs.core.windows.net acct.core.net example.org/images
    localhost:10000/devstoreaccount1 127.0.0.1:10000/devstoreaccount1 127.0.0.1 [::1]:10000/acct
    localhost/acct azurite azrue azur Azuree asure --dry-run - blobs:2026
    https://acct.file.core.windows.net/images https://acct.queue.core.windows.net
    wasbs://images@acct.file.core.windows.net http://acct.blob.core.windows.net
    https://a.blob.core.windows.net https://my_acct.blob.core.windows.net
    https://acct.blob.core.windows.net/Image/DataSets https://acct.blob.core.windows.net/im--ages
    https://acct.blob.core.windows.net/ab https://acct.blob.core.windows.net//images
    https://acct.blob.core.windows.net/images/../other
    https://acct.blob.core.windows.net/images/a%2Fb https://acct.blob.core.windows.net/images/%FF
    https://acct.blob.core.windows.net/images#a https://acct.blob.core.windows.net:99999
    https://localhost http://127.0.0.1:10000 https://[::1 https://a_b.example.org
    images@acct images@acct/a /srv/blobs/https://acct.blob.core.windows.net /srv/wasbs:/images@acct
    $STORE ${STORE} $(store)/blobs %STORE% <folder> {{store}}
    https://höst.example.org no/such/parent azure/images UseDevelopmentStorage=true
    azureblob AZURE_STORAGE azure-images null None undefined
"""


@pytest.mark.parametrize(
    ("text", "account"),
    [
        ("azure", Account(None)),
        ("Azure", Account(None)),
        (" AZURE ", Account(None)),
        ("az://images", Account(None, "images")),
        ("az://images/", Account(None, "images")),
        ("AZ://images/Some/Folder", Account(None, "images", "Some/Folder/")),
        ("abfs://images/a", Account(None, "images", "a/")),
        (ACCOUNT, Account(ACCOUNT)),
        (f"{ACCOUNT}/", Account(ACCOUNT)),
        (f"{ACCOUNT}:443", Account(f"{ACCOUNT}:443")),
        ("HTTPS://Acct.BLOB.Core.Windows.Net", Account(ACCOUNT)),
        (f"{ACCOUNT}/images", Account(ACCOUNT, "images")),
        (f"{ACCOUNT}/images/A/b%20c/", Account(ACCOUNT, "images", "A/b c/")),
        ("https://acct.dfs.core.windows.net/images", Account(ACCOUNT, "images")),
        (
            "https://acct-secondary.blob.core.windows.net",
            Account(ACCOUNT.replace(".", "-secondary.", 1)),
        ),
        (
            "https://acct.z13.blob.storage.azure.net",
            Account("https://acct.z13.blob.storage.azure.net"),
        ),
        (
            "https://acct.blob.core.chinacloudapi.cn",
            Account("https://acct.blob.core.chinacloudapi.cn"),
        ),
        ("wasbs://images@acct.blob.core.windows.net", Account(ACCOUNT, "images")),
        ("wasb://images@acct.blob.core.windows.net/", Account(ACCOUNT, "images")),
        ("WASBS://images@ACCT.blob.core.windows.net/A/B", Account(ACCOUNT, "images", "A/B/")),
        ("abfss://images@acct.dfs.core.windows.net/%C3%A9", Account(ACCOUNT, "images", "é/")),
        ("abfs://images@acct.dfs.core.windows.net", Account(ACCOUNT, "images")),
        # Where a host is no account's own, the path begins with the account.
        (EMULATOR, Account(EMULATOR)),
        (f"{EMULATOR}/images/A", Account(EMULATOR, "images", "A/")),
        ("http://localhost:10000/acct/images", Account("http://localhost:10000/acct", "images")),
        ("http://azurite/acct", Account("http://azurite/acct")),
        ("http://[::1]:10000/acct", Account("http://[::1]:10000/acct")),
        (
            "http://store.example.org:10000/acct/images",
            Account("http://store.example.org:10000/acct", "images"),
        ),
        (
            "https://azurite.example.org/devstoreaccount1",
            Account("https://azurite.example.org/devstoreaccount1"),
        ),
        # A domain of one's own, and Azurite's imitation of one.
        (
            "https://images.example.org/images/A",
            Account("https://images.example.org", "images", "A/"),
        ),
        ("http://acct.localhost:10000/images", Account("http://acct.localhost:10000", "images")),
    ],
)
def test_an_account_is_understood(text: str, account: Account) -> None:
    assert parse_destination(text) == account


@pytest.mark.parametrize("text", [*FOLDERS.split(), "my blobs #1", "Blobs 2026"])
def test_a_folder_is_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.chdir(tmp_path)
    assert parse_destination(text) == Folder(Path(text))


def test_the_home_folder_is_found_though_no_shell_did(monkeypatch: pytest.MonkeyPatch) -> None:
    """No shell replaces the tilde in `--to=~/blobs`."""
    monkeypatch.setenv("HOME", "/home/me")
    assert parse_destination("~/blobs") == Folder(Path("/home/me/blobs"))
    with pytest.raises(UnknownDestinationError, match="nobody"):
        parse_destination("~no-such-user/blobs")


def test_a_relative_folder_needs_its_parent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UnknownDestinationError, match=r"in the folder data, .* write ./data/blobs"):
        parse_destination("data/blobs")
    assert parse_destination("./data/blobs") == Folder(Path("data/blobs"))
    (tmp_path / "data").mkdir()
    assert parse_destination("data/blobs") == Folder(Path("data/blobs"))


@pytest.mark.parametrize(
    "text",
    [
        *REFUSED.split(),
        "",
        " ",
        "az ure",
        "Azure Blob",
        "\uff41\uff5a\uff55\uff52\uff45",
        "\uff57\uff41\uff53\uff42\uff53",
        "azure\u200b",
        "https://acct.blob.core.windows.net\u200b/images",
        "https://acct.blob.core.windows.net/images/a b",
    ],
)
def test_what_is_neither_is_refused_and_the_forms_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        UnknownDestinationError, match=r"wasbs://CONTAINER@ACCOUNT|Type it again|AZURE_"
    ):
        parse_destination(text)


@pytest.mark.parametrize(
    "text",
    [
        f"{ACCOUNT}?sv=1&sig={SECRET}",
        f"{ACCOUNT}/images?sig={SECRET}",
        f"acct.blob.core.windows.net?sig={SECRET}",
        f"blobs?sv=1&sig={SECRET}",
        f"https://acct:{SECRET}@acct.blob.core.windows.net",
        f"s3://me:{SECRET}@host/x",
        f"wasbs://images:{SECRET}@acct.blob.core.windows.net",
        f"acct:{SECRET}@acct.blob.core.windows.net",
        f"DefaultEndpointsProtocol=https;AccountName=acct;AccountKey={SECRET};EndpointSuffix=core.windows.net",
        f"blobendpoint={ACCOUNT};sharedaccesssignature=sv=1&sig={SECRET}",
        f"https:/acct:{SECRET}@host",
        f"wasbs://images@acct.blob.core.windows.net/a?sig={SECRET}",
        f"HTTPS://x?SIG={SECRET}",
    ],
)
def test_a_secret_is_refused_and_not_told(text: str) -> None:
    """Command lines are seen by others, and a folder is not named by a key."""
    with pytest.raises(UnknownDestinationError) as caught:
        parse_destination(text)
    assert SECRET not in str(caught.value)


@given(st.text())
def test_whatever_is_typed_is_understood_or_refused(text: str) -> None:
    try:
        destination = parse_destination(text, lambda path: True)
    except UnknownDestinationError:
        return
    assert (
        isinstance(destination, Account)
        or "://" not in text.lstrip()
        or text.lstrip()[0] in "/.~\\"
    )


@given(st.sampled_from(["azure", "https", "wasbs", "abfss", "s3", "gs"]), st.data())
def test_no_misspelt_scheme_becomes_a_folder(scheme: str, data: st.DataObject) -> None:
    """One letter left out, doubled or exchanged with its neighbour."""
    place = data.draw(st.integers(0, len(scheme) - 1))
    before, after = scheme[:place], scheme[place:]
    misspelt = data.draw(
        st.sampled_from(
            [before + after[1:], before + after[:1] + after, before + after[:2][::-1] + after[2:]]
        )
    )
    for text in (f"{misspelt}://images@acct.blob.core.windows.net", f"{misspelt}://images"):
        try:
            assert isinstance(parse_destination(text, lambda path: True), Account)
        except UnknownDestinationError:
            continue
