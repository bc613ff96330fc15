"""The server, spoken to by the protocol's own client, which holds every answer to the schema that its tool states."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

from command import json_of

SMALL = {"resolution": 32, "machine.tiles": 64}
QUESTIONS: list[tuple[str, dict[str, Any]]] = [
    ("simulate", {"network": "mobilenet-v1", "max_batch": True, "set": SMALL}),
    ("simulate", {"network": "mobilenet-v1", "batch": 2, "host_io": "overlapped"}),
    ("compare", {"networks": ["mobilenet-v1", "mobilenet-v2"], "set": SMALL}),
    ("explain", {"network": "mobilenet-v1", "set": SMALL}),
    ("why", {"a": "mobilenet-v1", "b": "mobilenet-v2", "set": SMALL}),
    ("sensitivity", {"network": "mobilenet-v1", "curves": ["batch"], "set": SMALL}),
    ("solve", {"network": "mobilenet-v1", "vary": ["resolution"], "goal": "fits", "extreme": "largest", "limit": 2, "set": SMALL}),
    ("plan", {"network": "mobilenet-v1", "set": SMALL}),
    ("cost", {"network": "mobilenet-v1"}),
    ("train", {"system": "B0-G16-GN-Half_16IPU_2x8", "balance": True, "set": {"resolution": 32}}),
    ("models", {}),
    ("models", {"name": "resnet18"}),
    ("machines", {}),
    ("machines", {"name": "mk2"}),
    ("machines", {"name": "pod16"}),
    ("machines", {"name": "sdk-2.0"}),
]


async def answers() -> list[tuple[bool, Any]]:
    """Whether each question was answered, and how."""
    server = StdioServerParameters(command=sys.executable, args=["-m", "tilesim", "serve"], env=dict(os.environ))
    told: list[tuple[bool, Any]] = []
    async with stdio_client(server) as (reading, writing), ClientSession(reading, writing) as session:
        await session.initialize()
        listed = await session.list_tools()
        assert {tool.name for tool in listed.tools} == {name for name, _ in QUESTIONS}
        for name, arguments in [*QUESTIONS, ("simulate", {"network": "no such network"})]:
            answer = await session.call_tool(name, arguments)
            told.append((not answer.is_error, answer.structured_content))
    return told


def test_answers_have_the_form_that_their_tools_state() -> None:
    told = asyncio.run(answers())
    assert [answered for answered, _ in told] == [True] * len(QUESTIONS) + [False]
    assert told[-1][1]["kind"] == "input"
    models = [name for name, _ in QUESTIONS].index("models")
    assert told[models][1] == json.loads(json_of("models"))
