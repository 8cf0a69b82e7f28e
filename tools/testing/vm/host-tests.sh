# SPDX-License-Identifier: GPL-2.0-only
# Host role: snp_host.ko.  Sourced by check.

host() { "$softsnp" run --role host "$@"; }

# host_module KERNEL [OPTION]... -- SCRIPT: with snp_host.ko, snpctl and the
# selftest in place but not loaded.
host_module() {
	local k=$1
	shift
	host --kernel "debian:$k" --add "$build/modules/$k/snp_host.ko:/snp_host.ko" \
		--add "$snpctl:/bin/snpctl" --add "$build/tools/selftests/host_ioctl:/bin/host_ioctl" \
		--add "$build/tools/selftests/host_hostile:/bin/host_hostile" "$@"
}

our_driver_brings_snp_up() { # KERNEL [OPTION]...
	local k=$1
	shift
	contains 'state +1 \(INIT\)' host_module "$k" "$@" -- sh -c '
		# Linux 6.1 does not prepare itself for SNP guests: only when told to.
		unprepared=
		case $(uname -r) in 6.1.*)
			health=/sys/bus/pci/devices/0000:00:04.0/snp/health
			insmod /snp_host.ko && grep CC_ATTR_HOST_SEV_SNP $health &&
			rmmod snp_host || exit 1
			unprepared=unprepared_kernel=1 ;;
		esac
		insmod /snp_host.ko $unprepared || { dmesg | tail -n 20; exit 1; }
		dmesg | grep -i snp_host
		# Nor has it the way in for firmware.
		[ -z "$unprepared" ] || {
			[ ! -e /sys/class/firmware/snp_host ] &&
			dmesg | grep -F "no firmware upload (CONFIG_FW_UPLOAD)" && host_hostile || exit 1; }
		snpctl host status && host_ioctl && rmmod snp_host && dmesg | grep snp_host | tail -n 3'
}

host_loads_and_unloads() {
	contains '^reloaded 10$' host_module 7.2 --smp 2 -- sh -c '
		n=0
		while [ $n -lt 10 ]; do
			insmod /snp_host.ko && snpctl host status >/dev/null && rmmod snp_host || {
				dmesg | tail -n 20; exit 1; }
			n=$((n + 1))
		done
		echo reloaded $n'
}

refuses_without_snp_hardware() {
	contains 'no AMD-SP function' "$softsnp" run --role none \
		--add "$build/modules/7.2/snp_host.ko:/snp_host.ko" -- \
		sh -c 'insmod /snp_host.ko && exit 1; dmesg | grep snp_host'
}

# By the socket of --control, while the machine runs.
fault_comes_from_outside() {
	local d=$build/check/control pid i status=0
	rm -rf "$d"
	mkdir -p "$d"
	host_module 7.2 --control "$d/socket" -- sh -c '
		insmod /snp_host.ko && echo ready || exit 1
		i=0
		while snpctl host status >/dev/null; do
			i=$((i + 1)); [ $i -lt 300 ] || exit 1
			sleep 0.1
		done' >"$d/out" 2>&1 &
	pid=$!
	for ((i = 0; i < 600; i++)); do
		! grep -q '^ready' "$d/out" && kill -0 $pid || break
		sleep 0.1
	done
	expect 1 "$softsnp" fault "$d/socket" status:NO_SUCH_COMMAND:BUSY || status=1
	"$softsnp" fault "$d/socket" status:SNP_PLATFORM_STATUS:HWERROR_PLATFORM || status=1
	wait $pid || status=1
	cat "$d/out"
	grep 'firmware status 0x13' "$d/out" || status=1
	return $status
}

host_checker_catches_a_violation() {
	local out status=0
	out=$(host_module 7.2 \
		--add "$build/modules/7.2/tools/testing/modules/snp_violate_host.ko:/v.ko" -- \
		sh -c 'insmod /snp_host.ko && insmod /v.ko; rmmod snp_host; dmesg | tail -n 5' 2>&1) || status=$?
	echo "$out"
	# With the history of the page.
	[ $status -eq 123 ] && [ "$(echo "$out" | grep -cE 'RMP violation.*rip')" -eq 2 ] &&
	echo "$out" | grep '^host: 2 RMP violations in' >/dev/null &&
	echo "$out" | grep -E 'RMP violation.*rip.* stored to 0x[0-9a-f]*003,' >/dev/null &&
	echo "$out" | grep -E '^host:   #[0-9]+ vCPU [0-9]+ rip 0x[0-9a-f]+ rmpupdate pfn' >/dev/null
}

# The firmware never answers the command: the module says so, stays usable for
# what does not need the firmware, and unloads.
firmware_timeout_marks_the_device_dead() {
	contains 'AMD-SP given up at command SNP_PLATFORM_STATUS' host_module 7.2 --fault timeout:SNP_PLATFORM_STATUS:3 -- sh -c '
		insmod /snp_host.ko cmd_timeout_s=6 || { dmesg | tail; exit 1; }
		n=0
		while snpctl host status >/tmp/out 2>&1; do
			n=$((n + 1))
			[ $n -lt 10 ] || { echo "never timed out"; exit 1; }
		done
		cat /tmp/out
		t0=$(date +%s)
		snpctl host status && exit 1
		[ $(($(date +%s) - t0)) -le 3 ] || { echo "second command waited"; exit 1; }
		rmmod snp_host || exit 1
		dmesg | grep snp_host'
}

stage_host() {
	local k
	tap our_driver_brings_snp_up-7.2 our_driver_brings_snp_up 7.2 --smp 2
	for k in 6.12 6.1; do
		tap "our_driver_brings_snp_up-$k" our_driver_brings_snp_up "$k"
	done
	t host_loads_and_unloads host_loads_and_unloads
	t host_checker_catches_a_violation host_checker_catches_a_violation
	t fault_comes_from_outside fault_comes_from_outside
	t refuses_without_snp_hardware refuses_without_snp_hardware
	t firmware_timeout_marks_the_device_dead firmware_timeout_marks_the_device_dead
	tests_hostdev
	tests_hostguest
	tests_hostgates
	t snp_comes_up_in_the_next_kernel snp_comes_up_in_the_next_kernel
	t crash_kernel_boots_after_a_panic crash_kernel_boots_after_a_panic
	t killing_qemu_of_a_host_leaves_nothing killing_leaves_nothing host qemu-system
	tests_platform
}
