"""The tables of the ledger."""

from __future__ import annotations

# The file is not needed after a crash, so durability is off. A negative cache size is in KiB.
PRAGMAS = """
pragma synchronous = off;
pragma journal_mode = memory;
pragma cache_size = -16384;
"""
TABLES = """
create table rows (
    id integer primary key,
    key text not null, artist text not null, artist_number integer, encoding_format text,
    url text not null, hash text not null, finest_hash text, random real not null,
    own_split text, split text not null, source text, not_compared text not null,
    image_format text, stem text unique
);
create table results (
    id integer primary key references rows,
    outcome text not null, reason text not null, tries integer not null,
    blob_name text, size integer, md5 blob, width integer, height integer
);
create table blobs (
    name text primary key, stem text not null, size integer not null, md5 blob,
    source text, finest_hash text, width integer, height integer, version text not null,
    content_type text not null, stripped integer not null, ended integer not null
) without rowid;
create table published (
    name text primary key, stem text not null, listed integer not null
) without rowid;
create table outcomes (key text not null, outcome text not null);
create table lines (line text primary key, balance integer not null) without rowid;
create index rows_by_key on rows (key);
create index blobs_by_stem on blobs (stem);
create index outcomes_by_key on outcomes (key);
"""
