#!/usr/bin/env python3
"""Laws of `run --trace`, on digits with every dataflow, read back from the files.

    tests/timeline.py            slices nest; their sums are the counters of the report, layer by layer;
                                 RTL and model write the same bytes
    tests/timeline.py perfetto   the package perfetto reads the same as the reader in here; needs it
"""
import collections
import json
import os
import subprocess
import sys
import tempfile

os.chdir(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOOL = os.environ.get("ARRAYSMITH", "build/arraysmith")
BEGIN, END, COUNTER = 1, 2, 4
# what the compute track calls a cycle, and where the report counts it
COLUMNS = {"array busy": "array_beats", "lookup": "lookup_beats", "ifmap wait": "stalls.ifmap", "weights wait": "stalls.weight",
           "psum wait": "stalls.psum", "bubbles": "stalls.bubble", "fetch": "stalls.fetch", "drain": "stalls.drain"}

Slice = collections.namedtuple("Slice", "track depth name start end")


def fields(data):
    """The fields of a protobuf message: number -> values, each a number or bytes."""
    found, at = collections.defaultdict(list), 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        tag = varint()
        value = varint()
        if tag & 7 == 2:
            value, at = data[at:at + value], at + value
        else:
            assert tag & 7 == 0, f"wire type {tag & 7}"
        found[tag >> 3].append(value)
    return found


def read(path):
    """Names of tracks and of slices, and events: (time, type, track, name or value or None)."""
    tracks, names, events = {}, {}, []
    for packet in map(fields, fields(open(path, "rb").read())[1]):
        for track in map(fields, packet[60]):
            tracks[track[1][0]] = (track[2] or fields(track[3][0])[6])[0].decode()
        for interned in map(fields, packet[12]):
            for name in map(fields, interned[2]):
                names[name[1][0]] = name[2][0].decode()
        for event in map(fields, packet[11]):
            events.append((packet[8][0], event[9][0], event[11][0], (event[10] or event[30] or [None])[0]))
    return tracks, names, events


def read_by_package(path):
    """The same, by the package perfetto."""
    from perfetto.protos.perfetto.trace import perfetto_trace_pb2
    trace = perfetto_trace_pb2.Trace()
    trace.ParseFromString(open(path, "rb").read())
    tracks, names, events = {}, {}, []
    for packet in trace.packet:
        if packet.HasField("track_descriptor"):
            track = packet.track_descriptor
            tracks[track.uuid] = track.name or track.process.process_name
        for name in packet.interned_data.event_names:
            names[name.iid] = name.name
        if packet.HasField("track_event"):
            event = packet.track_event
            value = {BEGIN: event.name_iid, END: None, COUNTER: event.counter_value}[event.type]
            events.append((packet.timestamp, event.type, event.track_uuid, value))
    return tracks, names, events


def slices_of(tracks, names, events):
    """Every slice; on each track they follow or contain one another."""
    stacks, last, found = collections.defaultdict(list), collections.defaultdict(int), []
    for time, kind, track, name in events:
        if kind == COUNTER:
            continue
        assert time >= last[track], f"{tracks[track]}: time {time} after {last[track]}"
        last[track] = time
        if kind == BEGIN:
            stacks[track].append((names[name], time))
        else:
            name, start = stacks[track].pop()
            assert time > start, f"{tracks[track]}: {name} at {start} takes no time"
            found.append(Slice(tracks[track], len(stacks[track]), name, start, time))
    assert not any(stacks.values()), "slices stay open"
    return found


def number(row, path):
    for key in path.split("."):
        row = row[key]
    return row


def expect(have, want, what):
    assert have == want, f"{what}: {have}, expected {want}"


def check_layers(inference, slices, report):
    """The cycles of each layer, and where they went, are those of the report."""
    layers = sorted((s for s in slices if s.track == "layers" and s.depth == 1
                     and inference.start <= s.start < inference.end), key=lambda s: s.start)
    expect([s.name for s in layers], [f"{row['index']} {row['name']}" for row in report["layers"]], "layers")
    expect((layers[0].start, layers[-1].end), (inference.start, inference.end), "first and last cycle")
    work = [s for s in slices if s.track == "compute" and s.name in COLUMNS]
    for layer, row in zip(layers, report["layers"]):
        expect(layer.end - layer.start, row["cycles"], f"{layer.name}: cycles")
        sums = collections.Counter()
        for s in work:
            sums[s.name] += max(0, min(s.end, layer.end) - max(s.start, layer.start))
        for name, column in COLUMNS.items():
            expect(sums[name], number(row, column), f"{layer.name}: {name}")
        expect(sum(sums.values()), row["cycles"], f"{layer.name}: all of the compute track")


def check_memory(inference, tracks, events, report):
    for name, column in (("memory read", "bytes.read"), ("memory written", "bytes.written")):
        total = sum(value for time, kind, track, value in events
                    if kind == COUNTER and tracks[track] == name and inference.start <= time < inference.end)
        expect(total, number(report["totals"], column), name)


def run(folder, name, *options):
    trace, report = f"{folder}/{name}.pftrace", f"{folder}/{name}.json"
    subprocess.run([TOOL, "run", "digits", "--accel", "icebreaker", "--trace", trace, "--json", report, *options],
                   stdout=subprocess.DEVNULL, check=True)
    return trace, json.load(open(report))


def check_run(folder, name, inferences, *options):
    trace, report = run(folder, name, *options)
    tracks, names, events = read(trace)
    slices = slices_of(tracks, names, events)
    found = sorted((s for s in slices if s.name == "inference"), key=lambda s: s.start)
    expect(len(found), inferences, f"{name}: inferences")
    for inference in found:
        check_layers(inference, slices, report)
        check_memory(inference, tracks, events, report)
    for track in ("load", "compute", "store", "requant"):
        assert any(s.track == track for s in slices), f"{name}: nothing on track {track}"
    return trace


def check_laws(folder):
    lines = subprocess.run([TOOL, "list", "dataflows"], capture_output=True, text=True, check=True).stdout.split("\n")
    for name in (line.split()[0] for line in lines[1:lines.index("")]):
        check_run(folder, name, 1, "--dataflow", name)
    check_run(folder, "lanes", 1, "--set", "requant.lanes=2")
    model = check_run(folder, "model", 1, "--stall-percent", "20")
    rtl = check_run(folder, "rtl", 1, "--stall-percent", "20", "--engine", "rtl")
    assert open(model, "rb").read() == open(rtl, "rb").read(), "model and RTL write different timelines"
    check_run(folder, "lockstep", 2, "--engine", "lockstep")


def check_package(folder):
    trace, _ = run(folder, "model")
    for have, want in zip(read(trace), read_by_package(trace)):
        assert have == want, "the package reads another trace"


with tempfile.TemporaryDirectory() as scratch:
    check_package(scratch) if sys.argv[1:] == ["perfetto"] else check_laws(scratch)
