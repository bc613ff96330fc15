"""The questions of queries.sql, asked with DuckDB.

python queries.py DIR [NAME…]
"""

import re
import sys
from pathlib import Path

import duckdb


def queries() -> dict[str, str]:
    """Queries by name: a comment `-- name: …` precedes each."""
    text = (Path(__file__).parent / "queries.sql").read_text()
    return dict(re.findall(r"^-- (\w+): [^\n]*\n(.*?);$", text, re.MULTILINE | re.DOTALL))


def ask(folder: Path, name: str) -> duckdb.DuckDBPyRelation:
    connection = duckdb.connect()
    connection.execute("SET file_search_path = ?", [str(folder)])
    return connection.sql(queries()[name])


if __name__ == "__main__":
    for name in sys.argv[2:] or queries():
        print(name, ask(Path(sys.argv[1]), name), sep="\n")
