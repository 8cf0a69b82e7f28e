# SPDX-License-Identifier: GPL-2.0-only
# Each fault of the platform in each phase of snp_host: load, launch of a guest, run,
# unload.  Makes a table of faults, phases and outcomes.  After most of the faults
# that kill the AMD-SP the machine has to end, so it takes seven of them, and is not
# in a plain "make check".  Sourced by stages.sh; helpers are those of
# hostguest-tests.sh.

fault_table=$logs/fault-matrix

faults_with_a_way_back() {
	host_guests 7.2 --smp 2 --timeout 400 -- sh -c "$vmm_run"'run vmm_matrix'
}

dead_firmware() { # FAULT PHASE
	host_guests 7.2 --timeout 300 -- sh -c "$vmm_run"'run "vmm_dead '"$1 $2"'"'
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
			grep -q "^| $phase | $fault |" "$fault_table.md" ||
				{ echo "no row for $fault in phase $phase"; return 1; }
		done
	done
}

# The rows that a program prints stand in its TAP.
fault_rows() { # NAME COMMAND...
	tap "$@"
	! wanted "$1" || sed -n 's/^@ //p' "$logs/$1.log" >>"$fault_table.rows"
}

stage_faults() {
	local fault phase
	: >"$fault_table.rows"
	fault_rows faults_with_a_way_back faults_with_a_way_back
	for fault in timeout dead; do
		for phase in launch run unload; do
			fault_rows "$fault-$phase" dead_firmware "$fault" "$phase"
		done
	done
	t fault_matrix fault_matrix
}
