"""Computes what Earshot costs in a month, and writes the tables of docs/COST.md.

    cost.py            writes the tables into docs/COST.md, between their marks
    cost.py --check    fails if what stands there is not what comes out

Prices are those of us-east-1 and of X's pay-per-use, in dollars; where they are from stands beside them.
What is used is counted: from the template (queues, alarms, time-outs), from the code (cues, calls), and from
one hour that was played and whose calls to the table were counted.
"""

import re
import sys
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
    "Traces, at most": (5.00, 1_000_000, 100_000, "https://aws.amazon.com/xray/pricing/"),
}
X = {
    "posts read": (0.005, "https://docs.x.com/x-api/getting-started/pricing"),
    "posts written": (0.015, "https://docs.x.com/x-api/getting-started/pricing"),
}

# A chat: a weekly hour with two rooms, a Slack and a Discord channel, and an account on X.
POSTS = 500
ROOMS = 2
QUESTIONS = 6
# Reminders of a day and of ten minutes, opening, questions, close, each in every room and on X.
SAID = 2 + 1 + QUESTIONS + 1
# And a look at every place an hour ahead, which says nothing, the desk's own message with the doors' opening, three
# looks whether an organiser is there, and a guest.
CUES = SAID + 6
# Four times a minute from doors to doors it is looked at whether that message shows something else by now.
LOOKS = 85 * 4
# Every two minutes it is worked out whom nobody has answered.
SWEEPS = 30
# A cue is handed out by each tick of the last three minutes.
HANDED_OUT = 3
# What is typed and pressed in a week, by organisers in Slack and by members in Discord.
SLACK = 60
DISCORD = 100
# Opened, asked, closed; some members and something that failed.
EVENTS = 1 + QUESTIONS + 1 + 5

# Memory in GB, time in seconds, and bytes in the log, for one run of each function. Memory is the template's;
# the rest is estimated, high rather than low. A cue waits for its second, and ten of a batch wait together.
RUNS = {
    "clock": (0.25, 0.25, 1_600),
    "cues": (0.50, 8.00, 2_500),
    "mirror": (0.25, 0.80, 2_000),
    "webhook": (0.50, 0.10, 1_800),
    "slack": (0.50, 0.20, 1_600),
    "discord": (0.50, 0.15, 1_600),
    "poll": (0.25, 1.00, 2_000),
    # By the function `cues`, and a message of that queue each.
    "cues, looking at a desk": (0.50, 0.40, 300),
}
# Lambda's five pollers at each queue that is on, each asking every twenty seconds.
POLLERS = 5
ASKS_EVERY = 20

# Units of the table (read, write), counted from the requests of an hour that was played: strongly consistent
# reads by 4 KB, writes by 1 KB, doubled in transactions, and one more where the index is written.
TICK = (7.5, 0.0)
POST = (35.0, 61.0)  # filed, carried to both rooms, accounted for
CUE = (35.0, 86.0)  # said in three places
COMMAND = (15.0, 41.0)
# Every fourth look shows something new.
LOOK = (26.0, 3.0)
# The hour's posts, as X gave them today, and a row for those who wait.
SWEEP = (450.0, 8.0)
# Somebody opens their App Home.
HOMES = 10
HOME = (30.0, 5.0)
PLAN = (5.0, 0.0)  # each chat, twice an hour
LOAD = (3.0, 0.0)
CHAT_LINE = 150 / 4096  # each chat's line, with each tick
# What a post leaves behind for good, in GB. What is removed after a time does not add up.
LEAVES = 4_000 / 1e9


def template():
    """What is counted in template.yaml: alarms' metrics, dashboards, metrics of our own."""
    text = (ROOT / "template.yaml").read_text(encoding="utf-8")
    resources = re.split(r"\n  \w+:\n    Type: ", text)
    alarms = [one for one in resources if one.startswith("AWS::CloudWatch::Alarm")]
    dashboards = [one for one in resources if one.startswith("AWS::CloudWatch::Dashboard")]
    ours = set(re.findall(r'"Earshot/[^"]*", "(\w+)"', text))
    return sum(one.count("MetricName:") for one in alarms), len(dashboards), len(ours)


def used(chats, source):
    """What a month takes, by the names of AWS and of X."""
    hours = chats * WEEKS
    posts = hours * POSTS
    ticks = SECONDS / 60
    searches = 0.0
    if source == "poll":
        # Four a minute while doors are open (ten minutes before, an hour, fifteen after), and every ten minutes
        # for a day of late answers. Slots are everybody's: many chats share a search, up to all the time.
        searches = min(hours * (85 * 4 + 24 * 6), SECONDS / 15)
    runs = {
        "clock": ticks,
        "cues": hours * CUES * HANDED_OUT,
        "mirror": posts * ROOMS + hours * SAID,
        "webhook": posts if source == "webhook" else 0.0,
        "slack": hours * SLACK,
        "discord": hours * DISCORD,
        "poll": searches,
        "cues, looking at a desk": hours * LOOKS,
    }
    queues = 3 if source == "poll" else 2
    asked = SECONDS / ASKS_EVERY * POLLERS
    # Sent, received, deleted. A poller that received something did not ask in vain; that is left out.
    standard = asked * (queues - 1) + 3 * (runs["cues"] + hours * LOOKS + searches)
    fifo = asked + 3 * runs["mirror"]
    commands = hours * (SLACK + DISCORD)
    table = [
        ticks * (TICK[n] + (chats * CHAT_LINE if n == 0 else 0))
        + chats * DAYS * 48 * PLAN[n]
        # Where X is searched a tick loads every chat, to see whose doors are open.
        + (ticks * chats * LOAD[n] if source == "poll" else 0)
        + posts * POST[n]
        + hours * CUES * CUE[n]
        + commands * COMMAND[n]
        + hours * LOOKS * LOOK[n]
        + hours * SWEEPS * SWEEP[n]
        + hours * HOMES * HOME[n]
        for n in (0, 1)
    ]
    alarms, dashboards, metrics = template()
    return {
        "Lambda requests": sum(runs.values()),
        "Lambda GB-seconds (arm64)": sum(count * RUNS[name][0] * RUNS[name][1] for name, count in runs.items()),
        "HTTP API requests": runs["webhook"] + runs["slack"] + runs["discord"],
        "SQS requests": standard,
        "SQS requests (FIFO)": fifo,
        "Table read units": table[0],
        "Table write units": table[1],
        # At the end of a year.
        "Table storage and its past, GB": posts * 12 * LEAVES,
        "Log, GB": sum(count * RUNS[name][2] for name, count in runs.items()) / 1e9,
        "Alarms, by metric": alarms,
        "Metrics of our own": metrics,
        "Dashboards": dashboards,
        "Events on the bus": hours * EVENTS,
        "Ticks (Scheduler)": ticks,
        "Traces, at most": sum(runs.values()),
    }, {"posts read": posts, "posts written": hours * SAID}


def bill(amounts, free):
    """Dollars, by name."""
    costs = {}
    # The first million requests of SQS is free whichever kind of queue it goes to.
    left = {"SQS": AWS["SQS requests"][2]}
    for name, amount in amounts.items():
        price, each, given, _ = AWS[name]
        if free:
            if name.startswith("SQS"):
                given = min(left["SQS"], amount)
                left["SQS"] -= given
            amount = max(0.0, amount - given)
        costs[name] = amount / each * price
    return costs


def number(value):
    """Rounded as one reads it."""
    if value == 0:
        return "0"
    if value < 10:
        return f"{value:.2f}".rstrip("0").rstrip(".")
    return f"{value:,.0f}"


def dollars(value):
    return f"{value:.2f}" if value < 100 else f"{value:,.0f}"


def month(chats, source):
    """A table of one month."""
    amounts, x = used(chats, source)
    paid, gross = bill(amounts, True), bill(amounts, False)
    lines = ["| | used | $ | $ after what is free |", "|---|---:|---:|---:|"]
    for name, amount in amounts.items():
        lines.append(f"| {name} | {number(amount)} | {dollars(gross[name])} | {dollars(paid[name])} |")
    lines.append(f"| **AWS** | | **{dollars(sum(gross.values()))}** | **{dollars(sum(paid.values()))}** |")
    for name, amount in x.items():
        lines.append(f"| X, {name} | {number(amount)} | {dollars(amount * X[name][0])} | |")
    total = sum(amount * X[name][0] for name, amount in x.items())
    lines.append(f"| **X** | | **{dollars(total)}** | |")
    return lines


def prices():
    lines = ["| | $ | for | free each month | where from |", "|---|---:|---:|---:|---|"]
    for name, (price, each, given, source) in AWS.items():
        lines.append(f"| {name} | {price:g} | {each:,} | {given:,} | <{source}> |")
    for name, (price, source) in X.items():
        lines.append(f"| X, {name} | {price:g} | 1 | 0 | <{source}> |")
    return lines


def assumed():
    rows = [
        ("posts in an hour", POSTS, "a lively weekly chat"),
        ("rooms", ROOMS, "a Slack and a Discord channel; announcements go to X as well"),
        ("hours in a month", f"{WEEKS:.2f}", "52.18 weeks in twelve months"),
        ("said in an hour", SAID, f"two reminders, the opening, {QUESTIONS} questions, the close"),
        ("cues in an hour", CUES, "the same, a look at every place an hour ahead, the desk's own message, three looks for an organiser, a guest"),
        ("messages for a cue", HANDED_OUT, "each tick of its last three minutes hands it out"),
        ("commands and presses in a week", SLACK + DISCORD, f"{SLACK} in Slack, {DISCORD} in Discord"),
        ("pollers at a queue", POLLERS, f"Lambda's own, each asking every {ASKS_EVERY} s, day and night"),
        ("read and write units of a tick", f"{TICK[0]:g}, {TICK[1]:g}", "nine looks into the index, the list of chats, and how X is asked"),
        ("of a post", f"{POST[0]:g}, {POST[1]:g}", "filed, carried to both rooms, accounted for; counted"),
        ("of a cue", f"{CUE[0]:g}, {CUE[1]:g}", "said in three places; counted"),
        ("of a command", f"{COMMAND[0]:g}, {COMMAND[1]:g}", "counted"),
        ("looks at a desk in an hour", LOOKS, "four a minute, from doors to doors"),
        ("of a look", f"{LOOK[0]:g}, {LOOK[1]:g}", "every fourth shows something new; read off its code, not measured"),
        ("sweeps for the unheard in an hour", SWEEPS, "every two minutes"),
        ("of a sweep", f"{SWEEP[0]:g}, {SWEEP[1]:g}", "500 posts, and whether X gave them today; computed"),
        ("App Homes opened in a week", HOMES, "by organisers before the hour, and by others"),
        ("of a home", f"{HOME[0]:g}, {HOME[1]:g}", "estimated"),
        ("of a plan", f"{PLAN[0]:g}, {PLAN[1]:g}", "each chat, twice an hour"),
    ]
    lines = ["| | | because |", "|---|---:|---|"]
    lines += [f"| {name} | {value} | {why} |" for name, value, why in rows]
    lines += ["", "| a run of | GB | seconds | bytes of log |", "|---|---:|---:|---:|"]
    lines += [f"| {name} | {gb:g} | {took:g} | {log:,} |" for name, (gb, took, log) in RUNS.items()]
    return lines


TABLES = {
    "prices": prices,
    "assumed": assumed,
    "one": lambda: month(1, "webhook"),
    "one, searched": lambda: month(1, "poll"),
    "thousand": lambda: month(1_000, "webhook"),
    "thousand, searched": lambda: month(1_000, "poll"),
}


def filled(page):
    """The page with its tables computed anew."""
    for name, table in TABLES.items():
        begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        if page.count(begin) != 1 or page.count(end) != 1:
            sys.exit(f"docs/COST.md has no place for the table {name!r}")
        before, rest = page.split(begin)
        page = before + begin + "\n".join(table()) + "\n" + end + rest.split(end)[1]
    return page


def main(arguments):
    page = PAGE.read_text(encoding="utf-8")
    if arguments == ["--check"]:
        if filled(page) != page:
            sys.exit("docs/COST.md is not what its numbers come to: run infra/cost.py")
    elif not arguments:
        PAGE.write_text(filled(page), encoding="utf-8")
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
