# SPDX-License-Identifier: GPL-2.0-only
# The launcher's promises, on plain QEMU.  Sourced by check.

# expect STATUS COMMAND...: succeed when COMMAND ends with STATUS.
expect() {
	local want=$1 got=0
	shift
	"$@" || got=$?
	[ $got -eq "$want" ] || { echo "status $got, expected $want"; return 1; }
}

output_and_status_pass_through() {
	local out status=0
	out=$("$softsnp" run --role none -- sh -c 'echo "  two  spaces"; echo "it'\''s"; exit 7') || status=$?
	echo "$out"
	[ $status -eq 7 ] && [ "$out" = "  two  spaces
it's" ]
}

crash_is_reported_with_the_console() {
	local out status=0
	out=$("$softsnp" run --role none -- sh -c 'echo c >/proc/sysrq-trigger' 2>&1) || status=$?
	echo "$out"
	[ $status -eq 125 ] && echo "$out" | grep 'softsnp: the kernel crashed: .*sysrq triggered crash' >/dev/null
}

timeout_is_reported() {
	expect 124 "$softsnp" run --role none --timeout 6 -- sleep 1000
}

files_travel_both_ways() {
	local d=$logs/files
	rm -rf "$d" && mkdir -p "$d"
	head -c 100000 /dev/urandom >"$d/in"
	"$softsnp" run --role none --add "$d/in:/data/in" --get "/data/out:$d/out" -- \
		sh -c 'cp /data/in /data/out' && cmp "$d/in" "$d/out"
}

dynamic_program_brings_its_libraries() {
	contains 'OpenSSL|xz' "$softsnp" run --role none \
		--add "$(command -v openssl || command -v xz):/bin/prog" -- /bin/prog version
}

bare_module_name_loads_dependencies() {
	contains '^kvm ' "$softsnp" run --role none --insmod kvm-amd -- cat /proc/modules
}

bad_usage_is_refused() {
	expect 2 "$softsnp" run --role sideways -- true &&
	expect 2 "$softsnp" run --smp 99 -- true &&
	expect 2 "$softsnp" run --frobnicate -- true &&
	expect 2 "$softsnp" run --role none &&
	expect 2 "$softsnp" run --mem lots -- true &&
	expect 2 "$softsnp" run --certs yes -- true &&
	expect 2 "$softsnp" run --check 2 -- true &&
	expect 2 "$softsnp" run --role none --check 1 -- true &&
	expect 2 "$softsnp" run --intercept-tsc 2 -- true &&
	expect 2 "$softsnp" run --mmio-vc yes -- true &&
	expect 2 "$softsnp" run --role none --mmio-vc 1 -- true &&
	expect 2 "$softsnp" run --role host --certs 1 -- true &&
	expect 2 "$softsnp" run --no-alias-check -- true &&
	expect 2 "$softsnp" run --role none --message-limit 5,10 -- true &&
	# The AMD-SP says what is wrong with these.
	expect 2 "$softsnp" run --role host --message-limit 5 -- true &&
	expect 2 "$softsnp" run --role host --tcb db1b000000000004 -- true &&
	expect 2 "$softsnp" run --role host --tcb current=db1b000000000004,committed=db1c000000000004 -- true &&
	expect 2 "$softsnp" run --role host --profile turin --tcb current=db1b000000000004 -- true &&
	expect 125 "$softsnp" run --role none --kernel /nonexistent -- true &&
	expect 125 "$softsnp" run --role none --insmod no-such-module -- true
}

# Everything of one run, by the name of its working directory.
leftovers() {
	pgrep -f "$1" >/dev/null && { echo "processes are left:"; pgrep -af "$1"; return 0; }
	ls -d "$1"* /dev/shm/softsnp.* 2>/dev/null && { echo "files are left"; return 0; }
	return 1
}

# start_and_find ROLE PROGRAM: start a machine whose files are under $tmp, wait
# until PROGRAM of it runs.  Sets $launcher.
start_and_find() {
	local n
	tmp=$(mktemp -d)
	TMPDIR=$tmp "$softsnp" run --role "$1" --timeout 20 -- sleep 1000 &
	launcher=$!
	for n in $(seq 300); do
		pgrep -f "$2.*$tmp" >/dev/null && break
		sleep 0.1
	done
	sleep 3
}

killing_leaves_nothing() { # killing_leaves_nothing ROLE PROGRAM
	local tmp launcher status=0
	start_and_find "$1" "$2"
	pkill -KILL -f "$2.*$tmp" || { echo "no $2 to kill"; return 1; }
	wait "$launcher" || status=$?
	sleep 0.5
	echo "status $status"
	! leftovers "$tmp/softsnp" && [ $status -ne 0 ] && rmdir "$tmp"
}

killing_the_launcher_stops_the_machine() {
	local tmp launcher
	start_and_find none qemu-system
	kill -KILL "$launcher"
	sleep 1
	! pgrep -af "qemu.*$tmp" && rm -rf "$tmp"
}

stage_launcher() {
	t output_and_status_pass_through output_and_status_pass_through
	t crash_is_reported_with_the_console crash_is_reported_with_the_console
	t timeout_is_reported timeout_is_reported
	t files_travel_both_ways files_travel_both_ways
	t dynamic_program_brings_its_libraries dynamic_program_brings_its_libraries
	t bare_module_name_loads_dependencies bare_module_name_loads_dependencies
	t bad_usage_is_refused bad_usage_is_refused
	t killing_qemu_leaves_nothing killing_leaves_nothing none qemu-system
	t killing_the_launcher_stops_the_machine killing_the_launcher_stops_the_machine
}
