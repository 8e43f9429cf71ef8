"""The tables of the SQL index: what a board's ledger says, one row a record, a claim, a run, a count."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Float, ForeignKey, Integer, MetaData, String, Table, Text

METADATA = MetaData()
LAYOUT = 3
"""Of these tables and of what they say: an index of another is built anew."""

INDEX = Table("krohn_index", METADATA, Column("layout", Integer, primary_key=True, autoincrement=False))

RECORDS = Table(
    "krohn_records",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(16), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("time", String(20), nullable=False),
)
CLAIMS = Table(
    "krohn_claims",
    METADATA,
    Column("id", String(16), primary_key=True),
    Column("record", Integer, nullable=False),
    Column("verification", Integer),  # the record of the one that stands
    Column("shown", String(12), nullable=False),  # the source of the counts that stand for it
    Column("suite", String(80), nullable=False, index=True),
    Column("name", String(80), nullable=False),
    Column("model", String(80), nullable=False, index=True),
    Column("track", String(16), nullable=False),
    Column("tier", String(16), nullable=False, index=True),
    Column("parameters", BigInteger, nullable=False),
    Column("tuned_trials", BigInteger),
    Column("settings", Text, nullable=False),
    Column("time", String(20), nullable=False),
)
RUNS = Table(
    "krohn_runs",
    METADATA,
    Column("claim", ForeignKey("krohn_claims.id"), primary_key=True),
    Column("run", Integer, primary_key=True, autoincrement=False),
    Column("task", String(200), nullable=False, index=True),
    Column("task_version", Integer, nullable=False),
    Column("seed", String(20), nullable=False),
    Column("shortest", Integer),
    Column("longest", Integer),
    Column("parameters", BigInteger, nullable=False),
    Column("weights_sha256", String(64), nullable=False),
)
SCORES = Table(
    "krohn_scores",
    METADATA,
    Column("claim", ForeignKey("krohn_claims.id"), primary_key=True),
    Column("source", String(12), primary_key=True),
    Column("run", Integer, primary_key=True, autoincrement=False),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("precision", String(80), nullable=False),
    Column("length", BigInteger, nullable=False),
    Column("correct", BigInteger, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("words_correct", BigInteger, nullable=False),
    Column("words", BigInteger, nullable=False),
    Column("squares", BigInteger, nullable=False),
    Column("low", Float, nullable=False),
    Column("high", Float, nullable=False),
)
VERIFICATIONS = Table(
    "krohn_verifications",
    METADATA,
    Column("record", Integer, primary_key=True, autoincrement=False),
    Column("claim", ForeignKey("krohn_claims.id"), nullable=False, index=True),
    Column("season", Integer, nullable=False),
    Column("tier", String(16), nullable=False),
    Column("latest", Boolean, nullable=False),  # of those that found something
    Column("reasons", Text, nullable=False),
    Column("time", String(20), nullable=False),
)
ORDER = [RECORDS, CLAIMS, RUNS, SCORES, VERIFICATIONS]
"""So that what a row refers to is there before it."""
