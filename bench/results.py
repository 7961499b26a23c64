"""Measurements -> the tables of bench/results.md."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from bench.memory_curve import BUDGET_MS, HEADROOM, Life, curve
from bench.metered_tables import by_line, by_rate
from local.bill.estimate import METERED
from local.bill.table import table
from local.bill.terms import Terms

Found = Mapping[str, Any]


def _serving(found: list[Found]) -> str:
    parts = {"read_table": "reading the int8 table once (`numpy.max`)",
             "copy_table": "copying it once", "encode": "encoder, 50 events",
             "score_and_top_k": "whole catalogue scored, top 70",
             "explain": "influence of the 8 newest events", "handler": "**whole handler**"}
    rows = [[label, *(f"{f['ms'][name]['p50_ms']:.2f} / {f['ms'][name]['p99_ms']:.2f}"
                      for f in found)] for name, label in parts.items()]
    rows += [["handler over one read", *(f"{f['handler_over_read']}" for f in found)],
             ["handler over one copy", *(f"{f['handler_over_copy']}" for f in found)],
             ["scoring over one read", *(f"{f['score_over_read']}" for f in found)],
             ["memory of a copy at most, MB", *(f"{f['peak_mb']}" for f in found)]]
    head = ["p50 / p99 ms", *(f"{f['items']:,} items{', in clusters' * f['clustered']}"
                              for f in found)]
    return ("## Serving\n\n`python -m bench.serving ITEMS [clustered]`: "
            "`GET /users/{id}/recommendations?k=10` through the handler, the store answered from "
            "memory, reasons included.\n\n"
            + table(head, rows))


def _memory(found: Found) -> str:
    return ("## Memory of `recommend`\n\n`python -m bench.memory`: estimated, not measured on AWS. "
            "Copies here that took in a newer model and the catalogue after 300 lists; an item is "
            "130 bytes of facts, and its description where letters are said. CPU is "
            "stretched where the memory buys less than one vCPU, a read of DynamoDB taken as 5 ms. "
            "p50 / p99 / slowest list, CPU of a start, USD of Lambda for a million lists. -: less "
            f"than {HEADROOM} of the peak, or not to be set; bold: the cheapest whose slowest list "
            f"is within {BUDGET_MS} ms, or one vCPU.\n\n"
            + curve([Life(**life) for life in found["lives"]]))


def _batching(found: list[Found]) -> str:
    parts = {"batch_users_per_s": "users a second, in batch",
             "live_users_per_s": "through the handler of the route", "batch_over_live": "ratio",
             "usd_per_million_users": "USD of a million users, on this machine's clock"}
    rows = [[label, *(f[name] for f in found)] for name, label in parts.items()]
    return ("## Batches\n\n`python -m bench.batching ITEMS`: lists of ten with reasons, a page of "
            "500 users from packed states to a gzipped part; no network.\n\n"
            + table(["one core", *(f"{f['items']:,} items" for f in found)], rows))


def _filtering(found: list[Found]) -> str:
    rows = [[name, *(f"{f['ms'][name]['p50_ms']:.2f} / {f['ms'][name]['p99_ms']:.2f}"
                     for f in found)] for name in found[0]["ms"]]
    return ("## Filters\n\n`python -m bench.filtering ITEMS`: lists of ten with reasons, without "
            "and with a filter; one is searched once for each moment, by whoever asks first.\n\n"
            + table(["p50 / p99 ms", *(f"{f['items']:,} items" for f in found)], rows))


def _clusters(found: list[Found]) -> str:
    parts = {"read_table": "reading the int8 table once (`numpy.max`)",
             "search": "search in clusters, top 70, 300 rows voted for"}
    rows = [[f"{label}, p50 / p99 ms", *(f"{f['ms'][name]['p50_ms']:.2f} / "
                                         f"{f['ms'][name]['p99_ms']:.2f}" for f in found)]
            for name, label in parts.items()]
    rows += [["search over one read", *(f["search_over_read"] for f in found)],
             ["of the exact ten best it finds", *(f"{f['recall']:.1%}" for f in found)],
             ["clusters read, of", *(f"{f['probes']} of {f['clusters']:,}" for f in found)],
             ["peak memory, MB", *(f["peak_mb"] for f in found)]]
    return ("## Search in clusters\n\n`python -m bench.clusters ITEMS`: made-up vectors, the table "
            "in memory; clusters are read until recall is 0.98, tuned on other users than it is "
            "measured with.\n\n" + table(["", *(f"{f['items']:,} items" for f in found)], rows))


def _swap(found: Found) -> str:
    parts = {"quiet_ms": "no newer model", "while_shared_ms": "each takes a part of a newer model"}
    rows = [[label, *found[name].values()] for name, label in parts.items()]
    rows.append(["one takes all of it", "", "", found["in_one_request_ms"]])
    return (f"## Swap\n\n`python -m bench.swap {found['items']}`: requests of one process, threads "
            f"included, {found['step_mb']:g} MB of the newer model each, "
            f"{found['requests_per_swap']} requests a swap; no network.\n\n"
            + table(["CPU ms", "p50", "p99", "most"], rows))


def _peers(found: Found) -> str:
    rows = [[peer, f"{ms:.2f}", found["search_over"][peer], found["handler_over"][peer]]
            for peer, ms in found["peers_ms"].items()]
    return (f"## Peers\n\n`python -m bench.peers {found['items']}`: the ten best of one table of "
            f"{found['items']:,} items, 60 seen left out. Our search takes "
            f"{found['search_ms']:.2f} ms; our whole handler, which reads and encodes the user "
            f"and tells reasons as well, {found['handler_ms']:.2f}.\n\n"
            + table(["one thread", "CPU ms", "our search over it", "our handler over it"], rows))


def _start(found: Found) -> str:
    rows = [[label, found["cpu_ms"][name], found["process_peak_mb"][name]]
            for name, label in (("bare", "`import numpy, onnxruntime`"),
                                ("handler_imports", "`import functions.recommend`"),
                                ("handler_imports_and_model", "the same, and the model opened"),
                                ("first_answer", "the first list, of a cloud on this machine"))]
    return (f"## Start\n\n`python -m bench.start {found['items']}`: a fresh process, "
            f"{found['items']:,} items; start over bare imports: {found['init_over_bare']}, the "
            f"first list over them: {found['first_answer_over_bare']}.\n\n"
            + table(["", "CPU ms", "peak MB"], rows))


def _reading(found: Found) -> str:
    rows = [[label, *(f"{found['ms'][name][p]:.2f}" for p in ("p50_ms", "p99_ms"))]
            for name, label in (("boto3", "boto3's client"), ("wire", "functions/wire.py"),
                                ("thread", "handing anything to a thread"))]
    return ("## Reading\n\n`python -m bench.reading`: one user's state from a table on this "
            f"machine, unpacked; ours over boto3's: {found['wire_over_boto3']}.\n\n"
            + table(["", "p50 ms", "p99 ms"], rows))


def _folding(found: Found) -> str:
    rows = [[name.replace("_", " "), value] for name, value in found.items()]
    return ("## Events\n\n`python -m bench.folding`: unpack, fold one call's events, pack.\n\n"
            + table(["", ""], rows))


def _rebuilding(found: Found) -> str:
    rows = [[name.replace("_", " "), value] for name, value in found.items()]
    return ("## Rebuilding\n\n`python -m bench.rebuilding`: the event log sorted by user on disk, "
            "and folded into states; writing is all that a call costs but the network.\n\n"
            + table(["", ""], rows))


def _freshness(found: Found) -> str:
    parts = {"own_ms": "the user's own list", "trending_ms": "everybody's trending list",
             "similar_ms": "items like the one clicked before"}
    rows = [[label, *(f"{state[name]['p50']:,} / {state[name]['p99']:,}"
                      for state in (found["idle"], found["loaded"]))]
            for name, label in parts.items()]
    rows.append(["of the first, the emulator of AWS",
                 *(f"{state['of_which_emulator_ms']:,}" for state in
                   (found["idle"], found["loaded"]))])
    recent, windows = found["recent"], found["windows_s"]
    return ("## Freshness\n\n`python -m bench.freshness`: milliseconds of wall time from the "
            "answer 202 until a list knows the click, over HTTP through the local cloud; updaters "
            f"wait {windows['update_user_features']:g} s (users) and "
            f"{windows['update_item_features']:g} s (items) to gather records, here as on AWS. "
            f"Read your writes: {recent['trials']:,} lists asked for with `recent`, "
            f"{recent['stale']} stale.\n\n"
            + table(["p50 / p99 ms", "idle", f"{found['loaded_calls_per_s']} calls/s beside it"],
                    rows))


def _load(found: Found) -> str:
    head = {"clients": "clients", "calls_per_s": "calls/s", "p50_ms": "list, p50 ms",
            "p95_ms": "p95", "p99_ms": "p99", "errors": "errors",
            "server_cpu_ms": "server, CPU ms a call", "emulator_cpu_ms": "of which emulator of AWS",
            "server_cores": "server, cores", "driver_cores": "driver, cores"}
    busiest = found["busiest"]
    shares = ", ".join(f"{share:.0%} {kind}" for kind, share in found["shares"].items())
    kinds = "; ".join(f"{kind} {ms['p50_ms']} / {ms['p99_ms']}"
                      for kind, ms in busiest["kinds"].items())
    return ("## Load\n\n`python -m bench.load`: the local gateway over HTTP, in a process of its "
            f"own, asked over kept connections: {shares}; {found['users']:,} users with a past, "
            f"{found['items']:,} items, {found['events_per_call']} events a call. Wall time, but "
            "for CPU: all functions share one thread here, so beyond one client they queue, where "
            "Lambda starts copies. The server's CPU is the gateway's, all functions', updaters "
            "among them, and the emulator's.\n\n"
            + table(head.values(), [[level[name] for name in head] for level in found["levels"]])
            + f"\n\nMost calls with {busiest['clients']} clients: "
            f"{busiest['calls_per_s_and_core']} a second and core of the server; p50 / p99 ms: "
            f"{kinds}.")


def _ledger(found: list[Found]) -> str:
    parts = {"decode": "pages decoded", "read": "ledger and trends read",
             "absorb": "a minute's events judged and counted", "write": "both written"}
    rows = [[f"CPU ms: {label}", *(f["cpu_ms"][name] for f in found)]
            for name, label in parts.items()]
    rows += [[label, *(f[name] for f in found)] for name, label in (
        ("ledger_mb", "ledger, trends in it, MB"),
        ("trends_mb", "trends, as scorers read them, MB"),
        ("remembered_h", "events remembered for, hours"), ("peak_mb", "peak MB"))]
    return ("## Roll-up\n\n`python -m bench.ledger EVENTS_PER_S`: one minute's roll-up with a full "
            "ledger, 100,000 items.\n\n"
            + table(["", *(f"{f['events_per_s']:,} events/s" for f in found)], rows))


def metering() -> str:
    """What a month costs, as `python -m bench.metering` wrote it."""
    document, terms = json.loads(METERED.read_text()), Terms.of_profile()
    first, second, *_ = runs = document["runs"]
    return (f"## Cost\n\n`{document['command']}` at commit {document['commit']}: real handlers in "
            "the local cloud, every call, unit, byte and line counted, at list prices "
            "(docs/prices.toml). CPU is this machine's, what is waited for assumed "
            f"(local/bill/duration.py). {first['calls'] * first['per_call']:,} events at "
            f"{first['rate']:g} calls/s of the played clock, REST:\n\n"
            + by_line([first, second], terms) + "\n\n" + by_rate(runs, terms))


def _hot_keys(found: Found) -> str:
    rows = [[f"{case}: {name}", tables["busiest_key_units_per_s"],
             tables["all_keys_units_per_s"], found["limit"]]
            for case, each in found["cases"].items() for name, tables in each["tables"].items()]
    return ("## Partition keys\n\n`python -m bench.hot_keys`: DynamoDB write units a second, which "
            "a partition takes 1,000 of.\n\n"
            + table(["", "busiest key", "all keys", "limit"], rows))


def _log_formats(found: Found) -> str:
    names = ("bytes_per_event", "write_us_per_event", "read_events_per_s_core",
             "training_reader_s_per_million")
    rows = [[name, *(f"{each[key]:,}" for key in names)] for name, each in found["formats"].items()]
    objects = [[name, *(f"{value:,}" for value in each.values())]
               for name, each in found["objects"].items()]
    return ("## Formats of the event log\n\n`python -m bench.log_formats`: objects of "
            f"{found['records_per_object']:,} records with {found['events_per_record']} events "
            "each.\n\n" + table(["", *(key.replace("_", " ") for key in names)], rows)
            + "\n\nA day at one call a second, today's format:\n\n"
            + table(["", "objects", "bytes per event", "read events per s core"], objects))


def _quality(found: Found) -> str:
    names = ("ndcg@10", "hr@10", "mrr@10", "coverage", "gini")
    rows = [[who, *(f"{values[name]:.4f}" for name in names)]
            for who, values in sorted(found["metrics"].items(), key=lambda m: -m[1]["ndcg@10"])]
    return (f"## Quality: MovieLens 100K, split by {found['protocol']}\n\n"
            f"`python -m bench.quality {found['protocol']}`: the true next item among the whole "
            f"catalogue, seen items left out, one seed, {found['epochs']} epochs, "
            f"{found['cpu_minutes']} CPU minutes in all, peak {found['peak_mb']} MB.\n\n"
            + table(["", *names], rows))


# step -> its section. Of `MANY` a step for each argument makes a column, of the others a section.
MANY: Mapping[str, Callable[[list[Found]], str]] = {
    "serving": _serving, "batching": _batching, "filtering": _filtering, "clusters": _clusters,
    "ledger": _ledger}
ONE: Mapping[str, Callable[[Found], str]] = {
    "memory": _memory, "swap": _swap, "peers": _peers, "start": _start, "reading": _reading,
    "folding": _folding, "rebuilding": _rebuilding, "hot_keys": _hot_keys,
    "log_formats": _log_formats, "quality": _quality, "load": _load, "freshness": _freshness}
