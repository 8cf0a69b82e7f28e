# SPDX-License-Identifier: GPL-2.0-only
"""The lines of the table: what is measured, and which target it has."""
from table import NotMeasured, events, insns, line, listed, median, same_waits, waits

# What has a target and that nothing here offers yet: named, no figure stands for it.
NOT_AVAILABLE = []

# Of the protocol: entries in one list of page state changes.
PSC_ENTRIES = 253
PAGES_GIB = 262144
BLOCKS_GIB = 512
BLOCKS_LAUNCH = 128


def once(samples, prefix):
    """Sum of the events of a span that ran once, as a list of one run."""
    if len(samples) != 1:
        raise NotMeasured('%d spans instead of one' % len(samples))
    return [sum(n for name, n in samples[0]['events'].items() if name.startswith(prefix))]


def plan(boots):
    def spans(boot):
        return boots.get(boot, {}).get('spans', {})

    guest, host, large, convert = (spans(b) for b in ('guest', 'host', 'host-2G', 'convert'))
    facts = boots.get('host', {}).get('facts', {})

    def status(what):
        ours, theirs = host['snp_host/status'], host['ccp/status']
        alike = same_waits(ours, theirs)

        def waited(s):
            return waits(s) == alike
        # Interrupts are accounted for: the median is steadier than the least.
        return line(what, 'instructions', insns(ours, waited, median),
                    insns(theirs, waited, median), ratio=1)

    def bring_up(what):
        theirs = [a + b for a, b in zip(insns(host['ccp/load']), insns(host['ccp/load-kvm-amd']))]
        return line(what, 'instructions', insns(host['snp_host/load']), theirs)

    def bring_up_updates(what):
        theirs = [a + b for a, b in zip(events(host['ccp/load'], 'rmpupdate_0'),
                                        events(host['ccp/load-kvm-amd'], 'rmpupdate_0'))]
        return line(what, 'RMPUPDATEs', events(host['snp_host/load'], 'rmpupdate_0'), theirs)

    def memory(what):
        kinds = [facts['snp_host.' + k] for k in ('module', 'slab', 'vmalloc', 'percpu')]
        return line(what, 'bytes', [sum(k) for k in zip(*kinds)], limit=300 * 1024)

    def exits(name):
        return lambda what: line(what, 'instructions', listed(guest['snp_guest/exits'], 'vc', name),
                                 listed(guest['kernel/exits'], 'vc', name), ratio=0.8)

    def launch(what):
        return line(what, 'commands', events(large['snp_host/launch'], 'mailbox.SNP_LAUNCH_UPDATE'),
                    limit=BLOCKS_LAUNCH)

    def launch_page(what):
        runs = [n // (BLOCKS_LAUNCH * 512) for n in insns(large['snp_host/launch'])]
        return line(what, 'instructions', runs)

    def updates(span, prefix, limit):
        return lambda what: line(what, 'RMPUPDATEs' if prefix == 'rmpupdate_0' else 'PSMASHes',
                                 once(large[span], prefix), limit=limit)

    def conversion(direction, size, prefix, unit, limit):
        name = '%s-%s' % (direction, size)

        def thunk(what):
            return line(what, unit, once(convert['snp_guest/' + name], prefix),
                        once(convert['kernel/' + name], prefix), limit=limit)
        return thunk

    yield 'host: SNP_PLATFORM_STATUS ioctl', status
    yield 'host: load until SNP is up (ccp and kvm_amd)', bring_up
    yield 'host: the same, RMPUPDATEs', bring_up_updates
    yield 'host: bind until SNP is up, 2 GiB against 1 GiB RAM', lambda what: line(
        what, 'instructions', insns(large['snp_host/bind']), insns(host['snp_host/bind']),
        ratio=1.05)
    yield 'host: unbind until SNP is down, 2 GiB against 1 GiB', lambda what: line(
        what, 'instructions', insns(large['snp_host/unbind']), insns(host['snp_host/unbind']))
    yield 'host: memory of the idle module', memory
    yield 'host: launch of 256 MiB, LAUNCH_UPDATEs', launch
    yield 'host: the same, instructions for each page of 4 KiB', launch_page
    yield 'host: 1 GiB private', updates('snp_host/memory-private', 'rmpupdate_0', BLOCKS_GIB)
    yield 'host: 1 GiB private, PSMASH', updates('snp_host/memory-private', 'psmash', 0)
    yield 'host: 1 GiB shared', updates('snp_host/memory-shared', 'rmpupdate_0', BLOCKS_GIB)
    yield 'host: 1 GiB shared, PSMASH', updates('snp_host/memory-shared', 'psmash', 0)

    yield 'guest: SNP_GET_REPORT ioctl (sev-guest)', lambda what: line(
        what, 'instructions', insns(guest['snp_guest/report']), insns(guest['sev-guest/report']),
        ratio=0.9)
    yield 'guest: the same without aesni-intel', lambda what: line(
        what, 'instructions', insns(guest['snp_guest-lib/report']),
        insns(guest['sev-guest/report']))
    yield 'guest: exits for it', lambda what: line(
        what, 'exits', events(guest['snp_guest/report'], 'vmgexit.'),
        events(guest['sev-guest/report'], 'vmgexit.'), ratio=1)
    yield 'guest: exit through the borrowed GHCB', lambda what: line(
        what, 'instructions', listed(guest['snp_guest/report'], 'calls', 'ghcb_call'))
    for direction in ('share', 'unshare'):
        for size, nr in (('2m', BLOCKS_GIB), ('4k', PAGES_GIB)):
            yield 'guest: %s 1 GiB by %s, exits' % (direction, size), conversion(
                direction, size, 'vmgexit.page.0x80000010', 'exits', -(-nr // PSC_ENTRIES))
            yield 'guest: %s 1 GiB by %s, PVALIDATEs' % (direction, size), conversion(
                direction, size, 'pvalidate.', 'PVALIDATEs', nr)
    yield 'guest: #VC, CPUID from the table', exits('cpuid.0')
    yield 'guest: #VC, CPUID that is asked for', exits('cpuid.0x1')
    yield 'guest: #VC, OUT of one byte', exits('out1')
