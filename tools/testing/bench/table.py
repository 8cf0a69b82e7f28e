#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What was counted between marks becomes a table with targets and verdicts.

usage: table.py DIR

DIR has a file NAME.marks of each boot, as "softsnp run --marks" writes it, and
NAME.facts with lines "KEY NUMBER" that a boot printed.  Writes DIR/bench.json,
prints the table; status 1 when a target was missed, 2 when something that had
to be measured was not.
"""
import json
import os
import sys

RUNS = 5


class NotMeasured(Exception):
    pass


def median(values):
    values = sorted(values)
    if not values:
        raise NotMeasured('no samples')
    return values[(len(values) - 1) // 2]


def read_spans(text):
    """Lines of a marks file, as a list for each name, in their order."""
    spans = {}
    for line in text.splitlines():
        span = json.loads(line)
        spans.setdefault(span['name'], []).append(span)
    return spans


def read_facts(text):
    facts = {}
    for line in text.splitlines():
        word = line.split()
        if len(word) == 2 and word[1].isdigit():
            facts.setdefault(word[0], []).append(int(word[1]))
    return facts


def runs_of(samples, usable=lambda s: True):
    """RUNS lists of usable samples: those of equal parts of the list."""
    if not samples or len(samples) % RUNS:
        raise NotMeasured('%d samples, not a multiple of %d' % (len(samples), RUNS))
    part = len(samples) // RUNS
    runs = [[s for s in samples[i * part:(i + 1) * part] if usable(s)] for i in range(RUNS)]
    if not all(runs):
        raise NotMeasured('a run without a usable sample')
    return runs


def waits(sample):
    """How often the CPU idled, and how often the timer interrupted."""
    return sample['halts'], sample['calls'].get('tick', {}).get('n', 0)


def same_waits(*lists):
    """The waits() that most samples of these lists have in common.

    A driver that waits either finds the answer already there, or lets the CPU
    idle; the scheduler's way through that is long, and so is a tick.  How many
    there are is this machine's doing, so only samples with the same number of
    both are compared: of those numbers that each run of each list has met, the
    most frequent.
    """
    votes = {}
    for samples in lists:
        for s in samples:
            votes[waits(s)] = votes.get(waits(s), 0) + 1

    def met_by_all(key):
        part = [(l, len(l) // RUNS) for l in lists]
        return all(any(waits(s) == key for s in l[i * n:(i + 1) * n])
                   for l, n in part for i in range(RUNS))
    common = [k for k in votes if met_by_all(k)]
    if not common:
        raise NotMeasured('no two drivers waited alike')
    return max(common, key=lambda k: (votes[k], k))


def insns(samples, usable=lambda s: True, pick=min):
    """One number for each run: the least, since an interrupt only adds."""
    return [pick(s['insns'] for s in run) for run in runs_of(samples, usable)]


def listed(samples, kind, name):
    """Medians of a kind ("vc", "calls") and name, one for each run."""
    return [min(s[kind][name]['median'] for s in run)
            for run in runs_of(samples, lambda s: name in s[kind])]


def events(samples, prefix):
    """Sum of the events whose names begin so, one number for each run."""
    return [min(sum(n for name, n in s['events'].items() if name.startswith(prefix)) for s in run)
            for run in runs_of(samples)]


def line(what, unit, runs, reference=None, ratio=None, limit=None):
    """One line: @runs against @reference, at most @ratio times it, or at most @limit."""
    entry = {'what': what, 'unit': unit, 'value': median(runs), 'runs': runs}
    if reference is not None:
        entry['reference'] = median(reference)
        entry['reference_runs'] = reference
    if ratio is not None:
        entry['target'] = '<= %g x' % ratio if ratio != 1 else '<= reference'
        entry['verdict'] = 'met' if entry['value'] <= ratio * entry['reference'] else 'MISSED'
    elif limit is not None:
        entry['target'] = '<= %d' % limit
        entry['verdict'] = 'met' if entry['value'] <= limit else 'MISSED'
    else:
        entry['target'] = ''
        entry['verdict'] = 'stated'
    return entry


def formatted(lines, missing):
    def ratio(e):
        return '%.2f' % (e['value'] / e['reference']) if e.get('reference') else ''

    rows = [('', 'unit', 'ours', 'reference', 'ratio', 'target', '')]
    rows += [(e['what'], e['unit'], '{:,}'.format(e['value']),
              '{:,}'.format(e['reference']) if 'reference' in e else '',
              ratio(e), e['target'], e['verdict']) for e in lines]
    width = [max(len(r[i]) for r in rows) for i in range(7)]
    out = []
    for r in rows:
        out.append('  '.join(c.rjust(w) if 2 <= i <= 4 else c.ljust(w)
                             for i, (c, w) in enumerate(zip(r, width))).rstrip())
    out.insert(1, '-' * len(out[0]))
    if missing:
        out += ['', 'not measured:'] + ['  ' + m for m in missing]
    return '\n'.join(out)


def measure(boots, plan):
    """Lines of a plan, a function that yields (what, thunk); what failed, by name."""
    lines, failed = [], []
    for what, thunk in plan(boots):
        try:
            lines.append(thunk(what))
        except NotMeasured as why:
            failed.append('%s (%s)' % (what, why))
        except KeyError as missing:
            failed.append('%s (no %s)' % (what, missing.args[0]))
    return lines, failed


def load(directory):
    boots = {}
    for name in sorted(os.listdir(directory)):
        boot, dot, kind = name.rpartition('.')
        if kind not in ('marks', 'facts') or not dot:
            continue
        with open(os.path.join(directory, name)) as f:
            text = f.read()
        entry = boots.setdefault(boot, {'spans': {}, 'facts': {}})
        if kind == 'marks':
            entry['spans'] = read_spans(text)
        else:
            entry['facts'] = read_facts(text)
    return boots


def main(directory):
    import lines as plan
    boots = load(directory)
    measured, failed = measure(boots, plan.plan)
    result = {'lines': measured, 'failed': failed, 'not_available': plan.NOT_AVAILABLE}
    with open(os.path.join(directory, 'bench.json'), 'w') as f:
        json.dump(result, f, indent=1)
        f.write('\n')
    print(formatted(measured, failed + plan.NOT_AVAILABLE))
    missed = [e['what'] for e in measured if e['verdict'] == 'MISSED']
    print('\n%d lines, %d targets, %d missed%s' % (
        len(measured), sum(1 for e in measured if e['target']), len(missed),
        ', %d could not be measured' % len(failed) if failed else ''))
    return 2 if failed else 1 if missed else 0


if __name__ == '__main__':
    sys.dont_write_bytecode = True
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    # The plan's exceptions are those of the module, not of __main__.
    import table
    sys.exit(table.main(sys.argv[1]))
