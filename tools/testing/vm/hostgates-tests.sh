# SPDX-License-Identifier: GPL-2.0-only
# Host role: snp_host.ko on processors other than a Milan, and on machines that it
# does not bring SNP up on.  Sourced by stages.sh.

# Behind vm_tap.
gates_tap='
d=/sys/bus/pci/devices/0000:00:04.0
snp=$d/snp
dbg=/sys/kernel/debug/snp_host
is() { # is FILE CONTENT
	local have
	have=$(cat "$1")
	[ "$have" = "$2" ] || { echo "$1: $have"; return 1; }
}
has() { # has FILE REGEX
	grep -E "$2" "$1" || { cat "$1"; return 1; }
}
program() { # program NAME [ARGUMENT]...: one that prints TAP
	local status=0
	"$@" >/tmp/tap 2>&1 || status=$?
	sed "s/^/    /" /tmp/tap
	check "$1-passes" [ $status = 0 ]
}
# The module loads, SNP stays down, log and health say why in the same words.
refuses() { # refuses NAME REASON [PARAMETER]...
	local name=$1 reason=$2
	shift 2
	dmesg -c >/dev/null
	check "$name-is-no-reason-not-to-load" insmod /snp_host.ko "$@"
	check "$name-keeps-snp-down" is $snp/state down
	check "$name-is-logged" logged "SNP is not brought up: $reason"
	check "$name-is-told-in-health" has $snp/health "^SNP is not up: $reason"
	check "$name-leaves-dev-sev" [ -c /dev/sev ]
}
unloads_our_driver() {
	[ ! -e /sys/module/snp_vmm ] || check hypervisor-unloads rmmod snp_vmm
	check driver-unloads rmmod snp_host
	check nothing-complains not logged "BUG:|WARNING:|KASAN|RMP fault|leak"
}
works_with_guests() { # works_with_guests [OPTION of vmm_memory]...
	check hypervisor-loads insmod /snp_vmm.ko
	program host_ioctl
	program vmm_guest
	check no-interrupt-was-lost is $snp/lost_interrupts 0
	program vmm_memory $*
	check no-interrupt-was-lost-later is $snp/lost_interrupts 0
	check nothing-is-quarantined is $snp/quarantined_pages 0
}
'

# Polled; with a firmware that has not looked for memory aliases, that is of an old
# microcode level, and that limits guest messages.
our_driver_on_a_genoa() {
	local counters=$build/check/genoa.counters
	rm -f "$counters"
	host_guests 7.2 --profile genoa --smp 4 --mem 2G --timeout 400 --counters "$counters" \
		--tcb current=301b000000000004 --no-alias-check --message-limit 4,5000 "$@" -- \
		sh -c "$vm_tap$gates_tap"'
		check it-is-a-genoa is $d/device 0x14ca
		refuses no-alias-check "ALIAS_CHECK_COMPLETE \(require_alias_check=1\): seen 0, needed 1;" \
			require_alias_check=1 poll=1
		unloads_our_driver

		check driver-loads insmod /snp_host.ko poll=1 cmd_timeout_s=60
		check snp-is-up is $snp/state up
		check mailbox-is-polled logged "mailbox is polled"
		check there-is-no-interrupt not grep snp_host /proc/interrupts
		check rmp-is-contiguous has $dbg/rmp "^form: contiguous"
		check tcb-is-the-given-one is $snp/tcb_current 0x301b000000000004
		check level-between-the-sources-is-unknown has $snp/health \
			"^CacheWarp .*: unknown: microcode level 0x30,"
		check no-alias-check-is-vulnerable has $snp/health \
			"^BadRAM .*: vulnerable: ALIAS_CHECK_COMPLETE 0, SNP firmware level 0x1b,"
		export MESSAGE_LIMIT=4,5000
		works_with_guests
		unloads_our_driver
		echo "1..$n"' || return 1
	# A command for which no interrupt was asked has none.
	grep -q '"mailbox\.SNP_COMMIT\.SUCCESS"' "$counters" &&
	! grep '"mailbox\.interrupts"' "$counters"
}

# RMPREAD, segments, registers elsewhere.  As RMPREAD is slow in software, less memory than
# elsewhere, so that 1 GiB cannot become private.  At the end a question that is not answered
# times out by itself, while a slower command of the platform does not.
our_driver_on_a_turin() {
	host_guests 7.2 --profile turin --smp 4 --mem 512M --timeout 400 \
		--rmp segmented,covers=2G,shift=30 "$@" -- \
		sh -c "$vm_tap$gates_tap"'
		check it-is-a-turin is $d/device 0x17d8
		check driver-loads insmod /snp_host.ko cmd_timeout_s=60 query_timeout_s=40
		check snp-is-up is $snp/state up
		check rmp-is-segmented has $dbg/rmp "^segments: 2 of 1 GiB"
		check rmp-is-read-by-rmpread has $dbg/rmp "^read by: RMPREAD"
		check no-levels-are-known has $snp/health "^CacheWarp .*: unknown: no level known"
		check nor-for-badram has $snp/health "^BadRAM .*: unknown: ALIAS_CHECK_COMPLETE 1, no level"
		works_with_guests -T one_gib_takes_512_updates_each_way

		echo 3 >/sys/module/snp_host/parameters/query_timeout_s
		softsnp-fault slow:SNP_COMMIT:5000
		t0=$(date +%s)
		program host_ioctl -t commit_makes_the_committed_tcb_known
		check a-slow-command-of-another-class-is-waited-for [ $(($(date +%s) - t0)) -ge 5 ]
		softsnp-fault timeout:SNP_PLATFORM_STATUS
		t0=$(date +%s)
		check a-question-is-not-answered not status
		check it-was-given-up-in-time [ $(($(date +%s) - t0)) -le 20 ]
		check health-has-the-time-out-of-its-class has $snp/health \
			"at command SNP_PLATFORM_STATUS \(0x83\): no answer within 3 s;"
		unloads_our_driver
		echo "1..$n"'
}

# One gate after the other, in the order in which they are looked at; RAM is more than
# the RMP covers.
gates_say_why() {
	host_module 7.2 --smp 2 --rmp covers=768M --tcb current=5016000000000004 \
		--insmod kvm-amd "$@" -- sh -c "$vm_tap$gates_tap"'
		cpu1=/sys/devices/system/cpu/cpu1/online
		echo 0000:00:04.0 >/sys/bus/pci/drivers/ccp/unbind
		echo 0 >$cpu1
		refuses offline-cpu "online CPUs: seen 1 of 2, needed all present CPUs online; next step: "
		set_online() { echo 1 >$cpu1; }
		check the-cpu-can-come set_online
		unloads_our_driver

		refuses hypervisor "EFER: seen SVME set on CPU 0, needed .*; next step: unload kvm_amd, load it"
		unloads_our_driver
		rmmod kvm_amd ccp

		# The kernel has seen the RMP, too, and done nothing.
		refuses unprepared-kernel \
			"the kernel.s set-up for SNP hosts .*: seen not done, needed done at boot;"
		unloads_our_driver
		refuses uncovered-ram \
			"RMP coverage: seen no entry for address 0x30000000, needed an entry for every page of RAM;" \
			unprepared_kernel=1
		check low-microcode-level-is-vulnerable has $snp/health \
			"^CacheWarp .*: vulnerable: microcode level 0x50,"
		check level-between-the-sources-is-unknown has $snp/health \
			"^BadRAM .*: unknown: ALIAS_CHECK_COMPLETE 1, SNP firmware level 0x16,"
		unloads_our_driver
		echo "1..$n"'
}

old_firmware_is_a_gate() {
	host_module 7.2 --api 1.50.9 "$@" -- sh -c "$vm_tap$gates_tap"'
		refuses old-firmware \
			"firmware API version: seen 1.50, needed 1.51 for SNP; next step: update the SEV firmware"
		check advisories-are-unknown has $snp/health \
			"^BadRAM .*: unknown: the firmware has not told its TCB"
		check what-the-firmware-did-not-say-is-absent [ ! -e $snp/tcb_current ]
		unloads_our_driver
		echo "1..$n"'
}

tests_hostgates() {
	tap our_driver_on_a_genoa our_driver_on_a_genoa
	tap our_driver_on_a_turin our_driver_on_a_turin
	tap gates_say_why gates_say_why
	tap old_firmware_is_a_gate old_firmware_is_a_gate
}
