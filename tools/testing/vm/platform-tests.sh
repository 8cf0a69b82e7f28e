# SPDX-License-Identifier: GPL-2.0-only
# The platform itself, with the kernel's own ccp as the driver.  Sourced by check.

platform() { "$softsnp" run --role host --add "$snpctl:/bin/snpctl" "$@"; }

# TAP in a VM's shell: ok NAME COMMAND...
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
status() { snpctl host status; }
fails_with() { # fails_with TEXT COMMAND...
	local text=$1
	shift
	"$@" && return 1
	grep -q "$text" /tmp/out
}
logged() { # logged TEXT: since the last call of forget
	dmesg | tail -n +$((seen + 1)) | grep -q "$1"
}
forget() { seen=$(dmesg | wc -l); }
'

# Every fault of the mailbox, one after the other, against one loaded driver.
faults_by_name() {
	platform --smp 2 --insmod ccp\ psp_cmd_timeout=4 -- sh -c "$vm_tap"'
		check driver_is_up status
		check unknown_fault_is_refused fails_with "no fault has that name" softsnp-fault nonsense
		check nothing_is_armed sh -c "! softsnp-fault list | grep ."

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

		softsnp-fault irq-lost
		t0=$(date +%s)
		check lost_interrupt_is_a_timeout sh -c "! snpctl host status"
		check driver_waited_for_it [ $(($(date +%s) - t0)) -ge 3 ]
		echo "1..$n"'
}

tests_platform() {
	tap platform_faults_by_name faults_by_name
}
