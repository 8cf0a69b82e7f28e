#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Which functions the instructions of each span are in.

usage: symbols.py HISTOGRAM

HISTOGRAM is what "softsnp run --histogram" writes.  For each span its name, how
often it ran, instructions each time; then the functions.  Symbols are those of
the mark whose name is the first part of the span's.
"""
import bisect
import sys

USER_END = 1 << 47


def read_histogram(stream):
    """(symbols by group, counts by span and address, number of spans)"""
    symbols, counts, spans = {}, {}, {}
    while True:
        head = stream.readline().split()
        if not head:
            return symbols, counts, spans
        if head[0] == b'symbols':
            symbols[head[1].decode()] = text_symbols(stream.read(int(head[2])).decode())
            continue
        name = head[0].decode()
        if head[1] == b'-':
            spans[name] = int(head[2])
        else:
            counts.setdefault(name, {})[int(head[1], 16)] = int(head[2])


def text_symbols(kallsyms):
    """Sorted (address, name) of what is code."""
    found = []
    for entry in kallsyms.splitlines():
        word = entry.split()
        if len(word) >= 3 and word[1] in 'tTwW':
            found.append((int(word[0], 16), ' '.join(word[2:4])))
    return sorted(found)


def by_function(counts, symbols):
    total = {}
    addresses = [s[0] for s in symbols]
    for address, n in counts.items():
        at = bisect.bisect(addresses, address) - 1
        name = '(user)' if address < USER_END else symbols[at][1] if at >= 0 else '(unknown)'
        total[name] = total.get(name, 0) + n
    return sorted(total.items(), key=lambda t: (-t[1], t[0]))


def main(path):
    with open(path, 'rb') as f:
        symbols, counts, spans = read_histogram(f)
    for name, at in counts.items():
        table = symbols.get(name.split('/')[0], [])
        print('%s: %d times, %d instructions each' % (
            name, spans[name], sum(at.values()) // spans[name]))
        for function, n in by_function(at, table)[:60]:
            print('  %10.1f  %s' % (n / spans[name], function))


if __name__ == '__main__':
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
