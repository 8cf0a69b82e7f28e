# SPDX-License-Identifier: GPL-2.0-only
# A guest under a hostile hypervisor: named tricks in every operation that they
# can touch, random mixes by seed, and what must end the guest.  Makes a table
# of tricks, operations and outcomes.  Sourced by check.
#
#   make check-hostile			as in "make check"
#   make check-hostile SEEDS=200	more seeds
#   make check-hostile SEED=17		one seed
#   make check-hostile CASE="msg-flip report"	one case

hostile_table=$logs/hostile-table

hostile_guest() { # hostile_guest [OPTION]... -- COMMAND...
	"$softsnp" run --role guest --certs 1 --add "$build/modules/7.2/snp_guest.ko:/snp_guest.ko" \
		--add "$build/tools/selftests/hostile:/bin/hostile" "$@"
}

# The rows that a program prints, out of its TAP.
keep_rows() {
	tee >(sed -n 's/^@ //p' >>"$hostile_table.rows")
}

# Both in one boot: what a program meets, and what the driver meets.  The
# access checker is on: it also gives the hypervisor its eyes for races.
hostile_cases() {
	hostile_guest --timeout 600 -- sh -c '
		hostile user && hostile cases' | keep_rows
}

hostile_one_case() { # TRICK-AND-OPERATION
	hostile_guest --timeout 300 -- hostile cases "$1"
}

hostile_throttle() {
	hostile_guest --timeout 300 -- hostile throttle | keep_rows
}

# RDTSC and RDTSCP as exits.  At the end of the same boot a program gives a key
# of the guest away, and the platform must notice.
hostile_tsc_and_leak() {
	local out status=0
	out=$(hostile_guest --intercept-tsc 1 --timeout 300 -- sh -c '
		hostile user tsc && hostile leak' 2>&1) || status=$?
	echo "$out" | keep_rows
	[ $status -eq 123 ] &&
	echo "$out" | grep 'a derived key of the guest stands in shared page' >/dev/null
}

hostile_seeds() { # FIRST COUNT
	hostile_guest --timeout $((120 + $2 * 10)) -- hostile seeds "$1" "$2"
}

# hostile_end TRICK OPERATION MESSAGE OPTION...: the guest does not survive, and
# the platform's log says how it ended.
hostile_end() {
	local trick=$1 operation=$2 message=$3 out status=0
	shift 3
	out=$(hostile_guest --timeout 120 "$@" 2>&1) || status=$?
	echo "$out"
	[ $status -ne 0 ] && echo "$out" | grep -E "$message" >/dev/null || return 1
	echo "$trick | $operation | $(echo "$out" | grep -oE "$message" | head -n 1)" >>"$hostile_table.rows"
}

# hostile_inject CODE: a #VC with this code in the driver, where none belongs.
hostile_inject() {
	hostile_end "vc-inject $1" 'driver code' 'reason set 0, code 0' \
		--add "$build/tools/selftests/hostile:/bin/hostile" -- hostile inject msg_exchange "$1"
}

# The same while the driver handles #VC itself.  The kernel's handler would have
# said which bytes it found.
hostile_inject_takeover() { # CODE
	local out
	out=$(hostile_end "vc-inject $1" 'driver code, vc=takeover' 'reason set 0, code 0' \
		--add "$build/tools/selftests/hostile:/bin/hostile" -- sh -c "
		insmod /snp_guest.ko vmpck_id=0 vc=takeover &&
		[ -e /sys/bus/platform/devices/sev-guest/vc_handled ] &&
		hostile inject msg_exchange $1")
	local status=$?
	echo "$out"
	[ $status -eq 0 ] && ! echo "$out" | grep 'opcode bytes' >/dev/null
}

hostile_write_table() {
	{
		echo '| Trick | Operation | Outcome |'
		echo '|---|---|---|'
		sort -u "$hostile_table.rows" | sed 's/.*/| & |/'
	} >"$hostile_table.md"
	echo "$(($(wc -l <"$hostile_table.md") - 2)) rows in $hostile_table.md"
	[ "$(wc -l <"$hostile_table.md")" -gt 62 ]
}

stage_hostile() {
	local seeds=${SEEDS:-12} first=1
	: >"$hostile_table.rows"
	if [ -n "${CASE:-}" ]; then
		tap hostile-case hostile_one_case "$CASE"
		return
	fi
	if [ -n "${SEED:-}" ]; then
		tap "hostile-seed-$SEED" hostile_seeds "$SEED" 1
		return
	fi
	tap hostile-cases hostile_cases
	while [ $first -le "$seeds" ]; do
		# A boot for each hundred: the quarantined pages of a boot add up.
		tap "hostile-seeds-from-$first" hostile_seeds $first \
			$((seeds - first + 1 < 100 ? seeds - first + 1 : 100))
		first=$((first + 100))
	done
	tap tsc_exits_and_a_leak_is_noticed hostile_tsc_and_leak
	[ "$seeds" -lt 100 ] || tap hostile-throttle hostile_throttle
	t swapped_page_under_the_driver_ends_the_guest hostile_inject 0x404
	t injected_vmmcall_in_the_driver_ends_the_guest hostile_inject 0x81
	t injected_vmmcall_under_takeover_ends_the_guest hostile_inject_takeover 0x81
	t aliased_page_stops_the_guest hostile_end 'page-alias@rescind' load \
		'does not get past a nested page fault' -- hostile arm 'page-alias@rescind' load
	# The kernel knows protocols 1 and 2, and finds out that 1 has no SNP.
	t old_protocol_at_boot_ends_the_guest hostile_end msr-version-low boot \
		'reason set 0, code 2' --fault msr-version-low@sev-info -- true
	t later_protocol_at_boot_ends_the_guest hostile_end msr-version-high boot \
		'reason set 0, code 1' --fault msr-version-high@sev-info -- true
	t missing_features_at_boot_end_the_guest hostile_end msr-features-none boot \
		'reason set 0, code 2' --fault msr-features-none@hv-features -- true
	t refused_page_state_change_at_boot_ends_the_guest hostile_end psc-refuse boot \
		'reason set 1, code 1' --fault psc-refuse -- true
	t replaced_page_at_boot_ends_the_guest hostile_end page-remap@rescind boot \
		'reason set 1, code 2' --fault page-remap@rescind -- true
	t hostile_table hostile_write_table
}
