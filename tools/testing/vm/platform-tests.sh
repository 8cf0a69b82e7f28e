# SPDX-License-Identifier: GPL-2.0-only
# The platform itself, with the kernel's own ccp and kvm_amd as the drivers.
# Sourced by check.

platform() { # platform [OPTION]... -- COMMAND
	"$softsnp" run --role host --add "$snpctl:/bin/snpctl" \
		--add "$build/tools/selftests/host_msr:/bin/host_msr" --insmod "msr allow_writes=on" "$@"
}

# A VM's shell that prints TAP.
vm_tap='
n=0
check() { # check NAME COMMAND...
	local name=$1
	shift
	n=$((n + 1))
	if "$@" >/tmp/out 2>&1; then
		echo "ok $n $name"
	else
		sed "s/^/# /" /tmp/out
		dmesg | tail -n 8 | sed "s/^/# /"
		echo "not ok $n $name"
	fi
}
not() { ! "$@"; }
logged() { dmesg | grep -E "$1"; }
status() { snpctl host status; }
fails_with() { # fails_with TEXT COMMAND...
	local text=$1 out
	shift
	if out=$("$@" 2>&1); then echo "$out"; return 1; fi
	echo "$out"
	echo "$out" | grep -q "$text"
}
brings_snp_up() {
	check firmware_answers logged "SEV-SNP API:1\."
	check kvm_has_snp logged "SEV-SNP enabled \(ASIDs 1 - "
}
unloads() {
	check kvm_unloads rmmod kvm_amd
	check ccp_unloads rmmod ccp
	check iommu_is_given_back not logged "SNP IOMMU shutdown failed|not assigned in RMP|Leaking"
	check nothing_went_wrong not logged "BUG:|Oops|WARNING:|RMP fault|SNP_SHUTDOWN_EX.*failed"
}
'

# The referee: drivers of the distribution against a profile of the platform.
# Every store is checked; a violation gives status 123.
kernels_drivers_on() { # kernels_drivers_on [OPTION]...
	platform --insmod kvm-amd "$@" -- sh -c "$vm_tap"'
		brings_snp_up
		# TAP of its own, told by its indentation.
		host_msr >/tmp/msr || echo "not ok host_msr"
		sed "s/^/    /" /tmp/msr
		if [ -e /snp_host.ko ]; then
			check insmod_fails_while_ccp_has_the_device not insmod /snp_host.ko
			check our_driver_says_why logged "held by driver ccp: unbind"
		fi
		unloads
		echo "1..$n"'
}

# Every fault of the mailbox, one after the other, against one loaded driver.
# A lost interrupt comes last: the driver then gives the AMD-SP up.
faults_by_name() { # faults_by_name [OPTION]...
	platform --insmod "ccp psp_cmd_timeout=5" --insmod kvm-amd "$@" -- sh -c "$vm_tap"'
		brings_snp_up
		check unknown_fault_is_refused fails_with "no fault has that name" softsnp-fault nonsense
		check nothing_is_armed not eval "softsnp-fault list | grep ."

		softsnp-fault status:SNP_PLATFORM_STATUS:HWERROR_PLATFORM:2
		check first_command_is_not_hit status
		check second_command_answers_the_status fails_with HWERROR_PLATFORM status
		check third_command_is_not_hit status

		softsnp-fault irq-spurious
		check spurious_interrupt_fools_nobody status

		softsnp-fault slow:SNP_PLATFORM_STATUS:1500
		t0=$(date +%s)
		check slow_command_succeeds status
		check slow_command_was_slow [ $(($(date +%s) - t0)) -ge 1 ]
		softsnp-fault clear

		# The driver makes a page Firmware for each of these, and takes it back.
		softsnp-fault rmpupdate-overlap:3
		check overlap_is_tried_again status
		check overlaps_are_used_up not eval "softsnp-fault list | grep ."
		# The page of one of its commands stays with the firmware: the driver leaks it,
		# and one of its two command buffers with it, which leaves it one command.
		softsnp-fault stuck-page
		check page_sticks not status
		check stuck_page_is_listed eval "softsnp-fault list | grep \"# stuck: page at 0x\""
		check driver_leaks_it logged "Leaking PFN range"
		softsnp-fault clear

		softsnp-fault irq-lost
		t0=$(date +%s)
		check lost_interrupt_is_a_timeout not status
		check driver_waited_for_it [ $(($(date +%s) - t0)) -ge 3 ]
		check firmware_time_out_was_logged logged "timed out|disabl"
		echo "1..$n"'
}

# What the launcher says, and that it does not wait for its time-out.
aspd_that_dies_ends_the_machine() {
	local tmp launcher pid said status=0 t0
	said=$(mktemp)
	start_and_find host aspd 2>"$said"
	pid=$(pgrep -f "aspd/aspd.*$tmp") || { echo "no aspd to kill"; return 1; }
	t0=$SECONDS
	kill -KILL $pid
	wait "$launcher" || status=$?
	echo "status $status after $((SECONDS - t0)) s"
	cat "$said"
	! leftovers "$tmp/softsnp" && [ $status -eq 125 ] && [ $((SECONDS - t0)) -le 10 ] &&
	grep 'the AMD-SP (aspd) ended with status 137 while the machine ran' "$said" >/dev/null &&
	rm "$said" && rmdir "$tmp"
}

# Guest role: a report of version 5 with the TCB layout of a Turin, which the
# certificates of that product verify and those of another do not.
guest_of_a_turin() {
	local r=$logs/turin.report p=$build/softsnp/pki-turin nonce=5ca1ab1e shown
	rm -f "$r"
	# shellcheck disable=SC2046
	contains '^cpu family.*: 26$' "$softsnp" run --profile turin $(crypto 7.2) --insmod sev-guest \
		--add "$snpctl:/bin/snpctl" --get "/tmp/r:$r" -- sh -c "
		grep -m 2 -E '^(cpu family|model)' /proc/cpuinfo
		snpctl guest report --nonce $nonce --out /tmp/r" || return 1
	shown=$("$snpctl" show "$r") || return 1
	echo "$shown"
	echo "$shown" | grep -iE 'version +5' >/dev/null && echo "$shown" | grep -i turin >/dev/null &&
	echo "$shown" | grep -i fmc >/dev/null &&
	contains '^VERIFIED' "$snpctl" verify "$r" --ark "$p/ark.pem" --ask "$p/ask.pem" \
		--vcek "$p/vcek.pem" --nonce "$nonce" &&
	expect 1 verify "$r" --nonce "$nonce"
}

tests_platform() {
	tap kernels_drivers_on_milan_1 kernels_drivers_on --profile milan \
		--add "$build/modules/7.2/snp_host.ko:/snp_host.ko"
	tap kernels_drivers_on_genoa_4 kernels_drivers_on --profile genoa --smp 4
	tap kernels_drivers_on_turin_4 kernels_drivers_on --profile turin --smp 4 --rmp shift=30
	# The other half, on request: make check-host EVERY=1
	if [ -n "${EVERY:-}" ]; then
		tap kernels_drivers_on_milan_4 kernels_drivers_on --profile milan --smp 4
		tap kernels_drivers_on_genoa_1 kernels_drivers_on --profile genoa
		tap kernels_drivers_on_turin_1 kernels_drivers_on --profile turin
	fi
	tap faults_by_name faults_by_name --profile turin
	t aspd_that_dies_ends_the_machine aspd_that_dies_ends_the_machine
	t guest_of_a_turin guest_of_a_turin
}
