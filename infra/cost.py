"""Computes what Earshot costs in a month, and writes the tables of docs/COST.md.

    cost.py            writes the tables into docs/COST.md, between their marks
    cost.py --check    fails if what stands there is not what comes out

Prices are those of us-east-1 and of X's pay-per-use, in dollars; where they are from stands beside them.
What is used is counted: from the template (queues, alarms, time-outs), from the code (cues, calls), and from
one hour that was played and whose calls to the table were counted.
"""

import re
import sys
from math import ceil
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "COST.md"

DAYS = 365.25 / 12
WEEKS = DAYS / 7
SECONDS = DAYS * 24 * 60 * 60

# name: (dollars, for so many, what is free each month for good, where the price is from)
AWS = {
    "Lambda requests": (0.20, 1_000_000, 1_000_000, "https://aws.amazon.com/lambda/pricing/"),
    "Lambda GB-seconds (arm64)": (13.3334, 1_000_000, 400_000, "https://aws.amazon.com/lambda/pricing/"),
    "HTTP API requests": (1.00, 1_000_000, 0, "https://aws.amazon.com/api-gateway/pricing/"),
    "SQS requests": (0.40, 1_000_000, 1_000_000, "https://aws.amazon.com/sqs/pricing/"),
    "SQS requests (FIFO)": (0.50, 1_000_000, 0, "https://aws.amazon.com/sqs/pricing/"),
    "Table read units": (0.125, 1_000_000, 0, "https://aws.amazon.com/dynamodb/pricing/on-demand/"),
    "Table write units": (0.625, 1_000_000, 0, "https://aws.amazon.com/dynamodb/pricing/on-demand/"),
    "Table storage and its past, GB": (0.45, 1, 0, "https://aws.amazon.com/dynamodb/pricing/on-demand/"),
    "Log, GB": (0.50, 1, 5, "https://aws.amazon.com/cloudwatch/pricing/"),
    "Alarms, by metric": (0.10, 1, 10, "https://aws.amazon.com/cloudwatch/pricing/"),
    "Metrics of our own": (0.30, 1, 10, "https://aws.amazon.com/cloudwatch/pricing/"),
    "Dashboards": (3.00, 1, 3, "https://aws.amazon.com/cloudwatch/pricing/"),
    "Events on the bus": (1.00, 1_000_000, 0, "https://aws.amazon.com/eventbridge/pricing/"),
    "Ticks (Scheduler)": (1.00, 1_000_000, 14_000_000, "https://aws.amazon.com/eventbridge/pricing/"),
    "Traces": (5.00, 1_000_000, 100_000, "https://aws.amazon.com/xray/pricing/"),
    "Secrets (SSM standard)": (0.00, 1, 0, "https://aws.amazon.com/systems-manager/pricing/"),
}
# The first million requests of SQS are free whichever kind of queue they go to.
X = {
    "posts read": (0.005, "https://docs.x.com/x-api/getting-started/pricing"),
    "posts written": (0.015, "https://docs.x.com/x-api/getting-started/pricing"),
}

# A chat: a weekly hour with two rooms, a Slack and a Discord channel, and an account on X.
POSTS = 500
ROOMS = 2
QUESTIONS = 6
# Reminders of a day and of ten minutes, opening, questions, close: each also on X. A look at all places an hour
# ahead is said nowhere.
SAID = 2 + 1 + QUESTIONS + 1
CUES = SAID + 1
# A cue is handed out by each tick of the last three minutes.
HANDED_OUT = 3
# Commands, forms and buttons in Slack, and interactions in Discord, an hour's whole week together.
SLACK = 60
DISCORD = 100
# opened, asked, closed, and some members and failures
EVENTS = 1 + QUESTIONS + 1 + 5

# Memory and how long a run takes, in seconds; what a run writes into the log, in bytes.
RUNS = {
    # name: (GB, seconds, bytes)
    "clock": (0.25, 0.25, 1_600),
    "cues": (0.5, 7.0, 2_500),
    "mirror": (0.25, 0.8, 2_000),
    "webhook": (0.5, 0.10, 1_800),
    "slack": (0.5, 0.20, 1_600),
    "discord": (0.5, 0.15, 1_600),
    "poll": (0.25, 1.0, 2_000),
}
# Lambda keeps five pollers at each queue that is on, each asking every twenty seconds.
POLLERS = 5
ASKS_EVERY = 20
ALARM_METRICS = 15
METRICS = 9

# Counted while an hour was played: units of the table.
UNITS = {
    # name: (read units, write units)
    "a tick": (0.0, 0.0),
    "a tick, for each chat": (0.0, 0.0),
    "a plan of a chat, twice an hour": (0.0, 0.0),
    "a post": (0.0, 0.0),
    "a card": (0.0, 0.0),
    "a cue": (0.0, 0.0),
    "a command": (0.0, 0.0),
}
# What a post leaves in the table, with its cards, in bytes; posts stay.
LEAVES = 4_000
