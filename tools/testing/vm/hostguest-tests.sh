# SPDX-License-Identifier: GPL-2.0-only
# Host role: guests, their memory and the pages of the firmware.  Sourced by
# check.  snp_vmm.ko is the hypervisor, the programs of selftests/vmm are guest,
# owner and attacker.

vmm=$build/tools/vmm

# host_guests KERNEL [OPTION]... -- COMMAND...: with everything in place but not loaded.
host_guests() {
	local k=$1 p
	local -a add=()
	shift
	for p in vmm_guest vmm_memory vmm_fault vmm_dead vmm_matrix; do
		add+=(--add "$vmm/$p:/bin/$p")
	done
	host_module "$k" --add "$build/modules/$k/tools/testing/modules/snp_vmm.ko:/snp_vmm.ko" \
		"${add[@]}" "$@"
}

# In the machine: run PROGRAM... one after the other, unload, show the log of a failure.
vmm_run='
run() {
	insmod /snp_host.ko cmd_timeout_s=8 && insmod /snp_vmm.ko || { dmesg | tail -n 20; exit 1; }
	status=0
	for p; do $p || status=1; done
	cat /sys/kernel/debug/snp_host/quarantine
	for p in snp_vmm snp_host; do
		[ ! -e /sys/module/$p ] || rmmod $p || status=1
	done
	dmesg | grep -E "BUG:|WARNING:|KASAN|UBSAN|possible .* detected" && status=1
	[ $status = 0 ] || dmesg | tail -n 60
	return $status
}
'

# 2 GiB: one of them becomes private.
guests_live_and_end() {
	host_guests 7.2 --smp 2 --mem 2G --timeout 300 "$@" -- \
		sh -c "$vmm_run"'run vmm_guest vmm_memory'
}

guests_survive_faults() {
	host_guests 7.2 --smp 2 --timeout 300 "$@" -- \
		sh -c "$vmm_run"'run vmm_fault "vmm_dead timeout launch"' | keep_faults
}

# The kernel has enabled SNP at boot: its RMP is used as it is.
guests_on_an_adopted_platform() {
	"$vm/build-modules" 6.12 --dir tools/testing/modules >/dev/null &&
	host_guests 6.12 --timeout 300 "$@" -- \
		sh -c "$vmm_run"'run vmm_guest "vmm_dead timeout run" && dmesg | grep "SNPEn was set already"' |
		keep_faults
}

# The matrix of faults and phases.  Rows of it come from the tests above, too: after
# most of these faults the machine has to end.
fault_table=$logs/fault-matrix

keep_faults() {
	tee >(sed -n 's/^@ //p' >>"$fault_table.rows")
}

faults_with_a_way_back() {
	host_guests 7.2 --smp 2 --timeout 400 "$@" -- sh -c "$vmm_run"'run vmm_matrix' | keep_faults
}

# dead_firmware FAULT PHASE
dead_firmware() {
	host_guests 7.2 --timeout 300 -- sh -c "$vmm_run"'run "vmm_dead '"$1 $2"'"' | keep_faults
}

fault_matrix() {
	local fault phase
	{
		echo '| Phase | Fault | Operation | Cause, as it is told | Pages in quarantine | Afterwards |'
		echo '|---|---|---|---|---|---|'
		sort -u "$fault_table.rows" | sed 's/.*/| & |/'
	} >"$fault_table.md"
	cat "$fault_table.md"
	for phase in load launch run unload; do
		for fault in timeout status slow dead irq-lost irq-spurious stuck-page rmpupdate-overlap; do
			grep -q "^| $phase | $fault " "$fault_table.md" ||
				{ echo "no row for $fault in phase $phase"; return 1; }
		done
	done
}

tests_hostguest() {
	mkdir -p "$logs" && : >"$fault_table.rows"
	tap guests_live_and_end guests_live_and_end --check 1
	tap guests_survive_faults guests_survive_faults --check 1
	tap guests_on_an_adopted_platform guests_on_an_adopted_platform
	tap faults_with_a_way_back faults_with_a_way_back
	tap guests_end_with_a_dead_firmware dead_firmware dead end
	tap dead_firmware_in_a_launch dead_firmware dead launch
	tap dead_firmware_at_the_unload dead_firmware dead unload
	tap silent_firmware_at_the_unload dead_firmware timeout unload
	t fault_matrix fault_matrix
}
