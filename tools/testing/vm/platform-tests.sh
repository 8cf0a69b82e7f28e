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
	platform --insmod kvm-amd --check 1 "$@" -- sh -c "$vm_tap"'
		brings_snp_up
		# TAP of its own, told by its indentation.
		host_msr >/tmp/msr || echo "not ok host_msr"
		sed "s/^/    /" /tmp/msr
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
		softsnp-fault stuck-page
		check stuck_page_is_none_while_its_state_is_reclaim status
		check stuck_page_is_still_to_come eval "softsnp-fault list | grep stuck-page:1"
		softsnp-fault clear

		softsnp-fault irq-lost
		t0=$(date +%s)
		check lost_interrupt_is_a_timeout not status
		check driver_waited_for_it [ $(($(date +%s) - t0)) -ge 3 ]
		check firmware_time_out_was_logged logged "timed out|disabl"
		echo "1..$n"'
}

tests_platform() {
	tap kernels_drivers_on_milan_1 kernels_drivers_on --profile milan
	tap kernels_drivers_on_genoa_4 kernels_drivers_on --profile genoa --smp 4
	tap kernels_drivers_on_turin_4 kernels_drivers_on --profile turin --smp 4 --rmp shift=30
	tap faults_by_name faults_by_name --profile turin
}
