# SPDX-License-Identifier: GPL-2.0-only
"""The lines of the table: what is measured, and which target it has."""
from table import events, insns, line, listed, same_waits

# Nothing here offers it yet; no figure stands for it.
NOT_AVAILABLE = [
    'RMPUPDATEs to make 1 GiB private and back: snp_host.ko has no interface for it',
    'launch of a 256 MiB image: snp_host.ko launches no guests',
    'exits and PVALIDATEs to convert 1 GiB: snp_guest.ko has no interface for it',
    'our own #VC handler: snp_guest.ko has none',
]


def plan(boots):
    guest = boots.get('guest', {}).get('spans', {})
    host = boots.get('host', {}).get('spans', {})
    large = boots.get('host-2G', {}).get('spans', {})
    facts = boots.get('host', {}).get('facts', {})

    def status(what):
        ours, theirs = host['snp_host/status'], host['ccp/status']
        halts = same_waits(ours, theirs)

        def waited(s):
            return s['halts'] == halts
        return line(what, 'instructions', insns(ours, waited), insns(theirs, waited), ratio=1)

    def bring_up(what):
        theirs = [a + b for a, b in zip(insns(host['ccp/load']), insns(host['ccp/load-kvm-amd']))]
        return line(what, 'instructions', insns(host['snp_host/load']), theirs)

    def bring_up_updates(what):
        theirs = [a + b for a, b in zip(events(host['ccp/load'], 'rmpupdate_0'),
                                        events(host['ccp/load-kvm-amd'], 'rmpupdate_0'))]
        return line(what, 'RMPUPDATEs', events(host['snp_host/load'], 'rmpupdate_0'), theirs)

    def memory(what):
        kinds = [facts['snp_host.' + k] for k in ('module', 'slab', 'vmalloc', 'percpu')]
        # The first load pays for what the kernel keeps for the next ones.
        return line(what, 'bytes', [max(sum(k) for k in zip(*kinds))], limit=300 * 1024)

    def exits(name):
        return lambda what: line(what, 'instructions', listed(guest['kernel/exits'], 'vc', name))

    yield 'host: SNP_PLATFORM_STATUS ioctl', status
    yield 'host: load until SNP is up (ccp and kvm_amd)', bring_up
    yield 'host: the same, RMPUPDATEs', bring_up_updates
    yield 'host: bind until SNP is up, 2 GiB against 1 GiB RAM', lambda what: line(
        what, 'instructions', insns(large['snp_host/bind']), insns(host['snp_host/bind']),
        ratio=1.05)
    yield 'host: unbind until SNP is down', lambda what: line(
        what, 'instructions', insns(host['snp_host/unbind']))
    yield 'host: memory of the idle module, at most', memory
    yield 'guest: SNP_GET_REPORT ioctl (sev-guest)', lambda what: line(
        what, 'instructions', insns(guest['snp_guest/report']), insns(guest['sev-guest/report']),
        ratio=0.9)
    yield 'guest: exits for it', lambda what: line(
        what, 'exits', events(guest['snp_guest/report'], 'vmgexit.'),
        events(guest['sev-guest/report'], 'vmgexit.'), ratio=1)
    yield 'guest: exit through the borrowed GHCB', lambda what: line(
        what, 'instructions', listed(guest['snp_guest/report'], 'calls', 'ghcb_call'))
    yield "guest: #VC, CPUID from the table, the kernel's", exits('cpuid.0')
    yield "guest: #VC, CPUID asked for, the kernel's", exits('cpuid.0x1')
    yield "guest: #VC, OUT of one byte, the kernel's", exits('out1')
