# SPDX-License-Identifier: GPL-2.0-only
# Each fault of the platform in each phase of snp_host: load, launch of a guest, run,
# unload.  Makes a table of faults, phases and outcomes.  After most of the faults
# that kill the AMD-SP the machine has to end, so it takes a dozen of them, and only
# those with a way back are in a plain "make check".  Sourced by stages.sh; helpers
# are those of hostguest-tests.sh.

fault_table=$logs/fault-matrix

faults_with_a_way_back() {
	host_guests 7.2 --smp 2 --timeout 400 -- sh -c "$vmm_run"'run vmm_matrix'
}

dead_firmware() { # FAULT PHASE
	host_guests 7.2 --timeout 300 -- \
		sh -c "$vmm_run"'fault=$0 phase=$1; dead() { vmm_dead "$fault" "$phase"; }; run dead' "$1" "$2"
}

dead_at_load() { # FAULT
	host_guests 7.2 --timeout 300 -- sh -c "$vmm_run"'fault=$0; matrix() { vmm_matrix "$fault"; }; run matrix' "$1"
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
		fault_rows "$fault-init_ex" dead_at_load "$fault (SNP_INIT_EX)"
	done
	for fault in SNP_PAGE_RECLAIM SNP_SHUTDOWN_EX; do
		fault_rows "timeout-$fault" dead_firmware "timeout ($fault)" unload
	done
	fault_rows hwerror_unsafe dead_firmware "status (HWERROR_UNSAFE)" run
	t fault_matrix fault_matrix
}
