# SPDX-License-Identifier: GPL-2.0-only
# Progress for steps that take more than a moment.  Sourced by bash scripts.
#
#   step "what"            announce and start the clock
#   step_done ["detail"]   close the line with the time taken
#   run_step "what" CMD... run CMD with its output in a log; on failure show
#                          the end of the log and return CMD's status
#
# On a terminal the line of a running step counts the seconds.

_step_what= _step_t0=0 _step_tick=

_seconds() { printf '%d' "${SECONDS}"; }

_tick() {
	while sleep 1; do
		printf '\r  %-44s %4ds' "$1" $((SECONDS - $2)) >&2
	done
}

step() {
	_step_what=$1 _step_t0=$SECONDS
	if [ -t 2 ]; then
		printf '  %-44s ' "$1" >&2
		_tick "$1" "$SECONDS" &
		_step_tick=$!
	fi
}

_step_end() {
	if [ -n "$_step_tick" ]; then
		kill "$_step_tick" 2>/dev/null
		wait "$_step_tick" 2>/dev/null
		_step_tick=
		printf '\r' >&2
	fi
	printf '  %-44s %4ds  %s\n' "$_step_what" $((SECONDS - _step_t0)) "$1" >&2
}

step_done() { _step_end "${1:-done}"; }
step_fail() { _step_end "FAILED"; }

run_step() {
	local what=$1 log status=0
	log=${STEP_LOG:-$(mktemp)}
	shift
	step "$what"
	"$@" >"$log" 2>&1 </dev/null || status=$?
	if [ $status -eq 0 ]; then
		step_done "${STEP_DETAIL:-done}"
	else
		step_fail
		echo "--- last lines of $* (status $status)" >&2
		tail -n 30 "$log" >&2
	fi
	[ -n "${STEP_LOG:-}" ] || rm -f "$log"
	return $status
}
