#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Tests of table.py, lines.py and symbols.py; prints TAP."""
import io
import json
import os
import subprocess
import sys
import tempfile
import traceback

sys.dont_write_bytecode = True

import lines as plan
import symbols
import table


def span(name='s', insns=100, halts=0, events=None, vc=None, calls=None):
    return {'name': name, 'insns': insns, 'halts': halts, 'vcpu': [insns],
            'events': events or {}, 'vc': vc or {}, 'calls': calls or {}}


def not_measured(call):
    try:
        call()
    except table.NotMeasured:
        return True
    return False


def spans_keep_their_order():
    text = '\n'.join(json.dumps(span('a', n)) for n in (3, 1, 2)) + '\n' + json.dumps(span('b'))
    spans = table.read_spans(text)
    assert [s['insns'] for s in spans['a']] == [3, 1, 2]
    assert len(spans['b']) == 1


def facts_are_numbers_only():
    facts = table.read_facts('a 1\nboot noise here\na 2\nb x\n-5 y\n')
    assert facts == {'a': [1, 2]}


def median_is_one_of_the_values():
    assert table.median([5, 1, 9]) == 5
    assert table.median([1, 2, 3, 4]) == 2
    assert not_measured(lambda: table.median([]))


def each_run_gives_its_least():
    samples = [span(insns=n) for n in (10, 99, 20, 99, 99, 30, 40, 99, 50, 99)]
    assert table.insns(samples) == [10, 20, 30, 40, 50]


def incomplete_runs_are_not_measured():
    assert not_measured(lambda: table.insns([]))
    assert not_measured(lambda: table.insns([span()] * 7))
    odd = [span(halts=i % 2) for i in range(5)]
    assert not_measured(lambda: table.insns(odd, lambda s: s['halts'] == 0))


def only_samples_with_the_same_waits_count():
    tick = {'tick': {'n': 1, 'median': 5, 'min': 5, 'max': 5}}
    ours = [span(insns=50, halts=1), span(insns=80, halts=2),
            span(insns=90, halts=2, calls=tick)] * 5
    theirs = [span(insns=90, halts=2), span(insns=10, halts=0), span(insns=11, halts=0)] * 5
    alike = table.same_waits(ours, theirs)
    assert alike == (2, 0)
    assert table.insns(ours, lambda s: table.waits(s) == alike) == [80] * 5


def waits_that_a_run_has_not_met_are_not_taken():
    ours = [span(halts=1), span(halts=2)] * 5
    theirs = [span(halts=1), span(halts=1)] * 4 + [span(halts=2), span(halts=2)]
    assert not_measured(lambda: table.same_waits(ours, theirs))
    theirs[-1] = span(halts=1)
    assert table.same_waits(ours, theirs) == (1, 0)


def lists_and_events_are_found():
    vc = {'out1': {'n': 9, 'median': 77, 'min': 77, 'max': 99}}
    samples = [span(vc=vc, events={'vmgexit.page.0x7b': 9, 'vmgexit.msr.4': 1, 'native': 3})] * 5
    assert table.listed(samples, 'vc', 'out1') == [77] * 5
    assert not_measured(lambda: table.listed(samples, 'vc', 'in1'))
    assert table.events(samples, 'vmgexit.') == [10] * 5
    assert table.events(samples, 'rmpupdate') == [0] * 5


def verdicts():
    assert table.line('x', 'u', [90] * 5, [100] * 5, ratio=0.9)['verdict'] == 'met'
    assert table.line('x', 'u', [91] * 5, [100] * 5, ratio=0.9)['verdict'] == 'MISSED'
    assert table.line('x', 'u', [100] * 5, [100] * 5, ratio=1)['verdict'] == 'met'
    assert table.line('x', 'u', [300], limit=300)['verdict'] == 'met'
    assert table.line('x', 'u', [301], limit=300)['verdict'] == 'MISSED'
    stated = table.line('x', 'u', [5], [1])
    assert stated['verdict'] == 'stated' and not stated['target']


def one_noisy_run_does_not_decide():
    assert table.line('x', 'u', [90, 90, 90, 5000, 90], [100] * 5, ratio=0.9)['verdict'] == 'met'


def what_is_missing_is_named():
    measured, failed = table.measure({}, plan.plan)
    assert not measured
    assert len(failed) == len(list(plan.plan({})))
    text = table.formatted([table.line('x', 'u', [1])], ['gone (why)'])
    assert 'not measured:' in text and 'gone (why)' in text


def run_main(files):
    with tempfile.TemporaryDirectory() as d:
        for name, text in files.items():
            with open(os.path.join(d, name), 'w') as f:
                f.write(text)
        real, sys.stdout = sys.stdout, io.StringIO()
        try:
            status = table.main(d)
        finally:
            text, sys.stdout = sys.stdout.getvalue(), real
        with open(os.path.join(d, 'bench.json')) as f:
            return status, text, json.load(f)


def missing_results_fail_the_run():
    status, text, result = run_main({'guest.marks': json.dumps(span()) + '\n'})
    assert status == 2
    assert 'could not be measured' in text
    assert not result['lines'] and result['failed']


def missed_target_fails_the_run():
    real = plan.plan
    plan.plan = lambda boots: [('x', lambda what: table.line(what, 'u', [2], [1], ratio=1))]
    try:
        status, text, result = run_main({})
    finally:
        plan.plan = real
    assert status == 1
    assert 'MISSED' in text
    assert result['lines'][0]['verdict'] == 'MISSED'


def program_names_what_is_missing():
    here = os.path.dirname(os.path.abspath(__file__))
    with tempfile.TemporaryDirectory() as d:
        with open(os.path.join(d, 'convert.marks'), 'w') as f:
            f.write((json.dumps(span('snp_guest/share-2m')) + '\n') * 2)
        done = subprocess.run([sys.executable, os.path.join(here, 'table.py'), d],
                              capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert '2 spans instead of one' in done.stdout
    assert 'Traceback' not in done.stderr


def addresses_become_functions():
    kallsyms = b'ffffffff81000000 T first\nffffffff81000100 t second\t[mod]\nffffffff81000200 D data\n'
    head = b'symbols drv %d\n' % len(kallsyms)
    counts = b'drv/op - 2\ndrv/op ffffffff81000004 6\ndrv/op ffffffff81000100 10\ndrv/op 401000 4\n'
    text, n, spans = symbols.read_histogram(io.BytesIO(head + kallsyms + counts))
    assert spans == {'drv/op': 2}
    assert symbols.by_function(n['drv/op'], text['drv']) == [
        ('second [mod]', 10), ('first', 6), ('(user)', 4)]
    assert symbols.by_function({0xffffffff80000000: 1}, text['drv']) == [('(unknown)', 1)]


TESTS = [f for name, f in sorted(globals().items()) if callable(f) and f.__module__ == __name__ and
         name not in ('span', 'not_measured', 'run_main')]


def main():
    failed = 0
    print('1..%d' % len(TESTS))
    for i, test in enumerate(TESTS, 1):
        try:
            test()
            print('ok %d %s' % (i, test.__name__))
        except Exception:
            failed += 1
            print('not ok %d %s' % (i, test.__name__))
            print(''.join('# ' + text + '\n' for text in traceback.format_exc().splitlines()), end='')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
