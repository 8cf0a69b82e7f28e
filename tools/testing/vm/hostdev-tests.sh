# SPDX-License-Identifier: GPL-2.0-only
# snp_host.ko as a driver: /dev/sev, sysfs, debugfs, tracepoints, sleep, hotplug,
# unbinding, firmware upload, panic; Debian's snphost.  Sourced by stages.sh.

selftests=$build/tools/selftests

# snphost_tar FILE: the program, its loader and its libraries, in an archive:
# they are not of this machine's distribution, whose ldd cannot tell about them.
snphost_tar() {
	local set root tree
	set=$("$vm/testroot" path snphost)/usr
	# The same suite: what the test root has is not fetched twice.
	root=$("$vm/testroot" path root)/usr/lib/x86_64-linux-gnu
	[ -x "$set/bin/snphost" ] || return 1
	tree=$(mktemp -d) || return 1
	mkdir -p "$tree/snphost/lib"
	cp -L "$set/bin/snphost" "$tree/snphost/"
	cp -L "$root/ld-linux-x86-64.so.2" "$tree/snphost/lib/ld.so"
	"$root/ld-linux-x86-64.so.2" --library-path "$set/lib/x86_64-linux-gnu:$root" \
		--list "$set/bin/snphost" | sed -n 's,.* => \(/[^ ]*\) .*,\1,p' |
		xargs cp -L -t "$tree/snphost/lib" && tar -C "$tree" -cf "$1" snphost
	set -- $?
	rm -rf "$tree"
	return "$1"
}

# What the VM runs.  "ok"/"not ok" lines are counted; the programs print TAP.
hostdev_script() {
	cat <<'EOS'
n=0
check() { # check NAME CONDITION
	n=$((n + 1))
	if eval "$2"; then echo "ok $n $1"; else echo "not ok $n $1"; dmesg | tail -n 8 | sed 's/^/# /'; fi
}
f=0000:00:04.0
d=/sys/bus/pci/devices/$f
b=/sys/bus/pci/drivers/snp_host
snp=$d/snp
dbg=/sys/kernel/debug/snp_host
cpu1=/sys/devices/system/cpu/cpu1/online

insmod /snp_host.ko || { dmesg | tail -n 20; exit 1; }
host_ioctl; check ioctls "[ $? = 0 ]"
host_hostile; check hostile_input "[ $? = 0 ]"
host_attack; check hostile_threads "[ $? = 0 ]"

check state_is_up '[ "$(cat $snp/state)" = up ]'
check health_is_ok 'head -n 1 $snp/health | grep -qx ok'
check health_names_the_advisories 'grep -q "^CacheWarp (AMD-SB-3005): fixed: microcode level 0xdb" $snp/health &&
	grep -q "^BadRAM (AMD-SB-3015): fixed: ALIAS_CHECK_COMPLETE 1" $snp/health'
check nothing_quarantined '[ "$(cat $snp/quarantined_pages)" = 0 ]'
check launch_tcb_is_the_current_one '[ "$(cat $snp/tcb_launch)" = "$(cat $snp/tcb_current)" ]'
check versions_are_told 'grep -qE "^1\.[0-9]+\.[0-9]+$" $snp/api_version && grep -qE "^..\...\...\...$" $snp/bootloader_version'
check errors_are_counted '[ "$(cat $snp/command_errors)" -gt 0 ] && [ "$(cat $snp/commands)" -gt "$(cat $snp/command_errors)" ]'
check statistics_name_the_last_error 'grep -E "^GET_ID [0-9]+ [1-9][0-9]* 0 INVALID_LEN " $dbg/commands'
check last_commands_are_kept '[ "$(wc -l <$dbg/last_commands)" = 65 ]'

mount -t tracefs tracefs /sys/kernel/tracing
echo 1 >/sys/kernel/tracing/events/snp_host/enable
snpctl host status >/dev/null
echo 0 >/sys/kernel/tracing/events/snp_host/enable
check commands_are_traced 'grep -q "psp_cmd_begin: cmd=0x83 " /sys/kernel/tracing/trace &&
	grep -q "psp_cmd_end: cmd=0x83 ret=0 status=0x0 " /sys/kernel/tracing/trace'

check an_online_cpu_stays '! echo 0 2>/dev/null >$cpu1 && [ "$(cat $cpu1)" = 1 ] && dmesg | grep -q "CPU 1 stays online while SNP is up"'

u=/sys/class/firmware/snp_host
head -c 4096 /dev/urandom >/tmp/image
echo 1 >$u/loading; cat /tmp/image >$u/data; echo 0 >$u/loading
i=0; while [ "$(cat $u/status)" != idle ] && [ $i -lt 30 ]; do sleep 0.2; i=$((i + 1)); done
check a_firmware_image_of_noise_is_refused 'grep -qE "^transferring:" $u/error && dmesg | grep -q "firmware image not taken: "'
check the_old_firmware_runs_on '[ "$(cat $snp/state)" = up ] && snpctl host status >/dev/null'

echo devices >/sys/power/pm_test
echo 1 >/sys/module/suspend/parameters/pm_test_delay
check sleep_takes_snp_down_and_up_again 'echo mem >/sys/power/state && [ "$(cat $snp/state)" = up ] &&
	[ "$(dmesg | grep -c "SNP is up: API")" = 2 ] && snpctl host status >/dev/null'

check unbound_is_down 'exec 5<>/dev/sev; echo $f >$b/unbind && [ ! -e /dev/sev ] && [ ! -e $dbg ]; exec 5>&-'
check cpus_go_and_come_without_snp 'echo 0 >$cpu1 && echo 1 >$cpu1'
check bound_again_is_up 'echo $f >$b/bind && [ "$(cat $snp/state)" = up ] && snpctl host status >/dev/null'
host_unbind; check open_files_and_unbinding "[ $? = 0 ]"
check a_removed_function_comes_back 'echo 1 >$d/remove && [ ! -e /dev/sev ] && echo 1 >/sys/bus/pci/rescan &&
	[ "$(cat $snp/state)" = up ] && snpctl host status >/dev/null'

if [ -e /snphost.tar ]; then
	tar -xf /snphost.tar -C /
	snphost() { /snphost/lib/ld.so --library-path /snphost/lib /snphost/snphost "$@"; }
	check snphost_shows 'snphost --version && snphost show vcek-url && snphost show guests && snphost show identifier && snphost show tcb && snphost show version'
	check snphost_sets_the_config 'snphost config set 4 0 26 219 1 && [ "$(cat $snp/tcb_reported)" = 0xdb1a000000000004 ]'
	check snphost_resets_the_config 'snphost config reset && [ "$(cat $snp/tcb_reported)" = 0xdb1b000000000004 ]'
	check snphost_commits 'snphost commit && [ "$(cat $snp/tcb_committed)" = "$(cat $snp/tcb_current)" ]'
	check snphost_learns_that_a_vlek_is_bad 'cp /vlek.hashstick /tmp/stick &&
		printf flip | dd of=/tmp/stick bs=1 seek=200 conv=notrunc && ! snphost vlek-load /tmp/stick'
	check snphost_loads_the_vlek 'snphost vlek-load /vlek.hashstick'
	check snphost_packs_and_exports_certificates 'mkdir /tmp/unpacked && snphost import /certs /tmp/packed && snphost export pem /tmp/packed /tmp/unpacked && ls -l /tmp/unpacked /tmp/packed &&
		for c in ark ask vcek; do cmp /certs/$c.pem /tmp/unpacked/$c.pem || exit 1; done'
else
	n=$((n + 1)); echo "ok $n snphost # SKIP Debian's package could not be fetched"
fi

rmmod snp_host
check unloads '[ ! -e /sys/module/snp_host ]'
check nothing_complains '! dmesg | grep -E "BUG:|WARNING:|KASAN|possible .* detected|leak"'
echo "1..$n"
EOS
}

driver_tests() { # KERNEL [OPTION]...
	local k=$1 f
	local -a adds=()
	shift
	mkdir -p "$build/check"
	snphost_tar "$build/check/snphost.tar" && adds=(--add "$build/check/snphost.tar:/snphost.tar"
		--add "$pki/vlek.hashstick:/vlek.hashstick")
	for f in ark ask vcek; do adds+=(--add "$pki/$f.pem:/certs/$f.pem"); done
	host --kernel "debian:$k" --smp 2 --timeout 500 "$@" \
		--add "$build/modules/$k/snp_host.ko:/snp_host.ko" --add "$snpctl:/bin/snpctl" \
		--add "$selftests/host_ioctl:/bin/host_ioctl" \
		--add "$selftests/host_hostile:/bin/host_hostile" \
		--add "$selftests/host_attack:/bin/host_attack" \
		--add "$selftests/host_unbind:/bin/host_unbind" \
		${adds[@]+"${adds[@]}"} -- sh -c "$(hostdev_script)"
}

# panic_vm SCRIPT: what ends with a panic.  The VM dies of it: its exit status says no
# more than that it did not hang.
panic_vm() {
	local status=0
	con=$build/check/panic.console log=$build/check/panic.platform
	rm -f "$con" "$log"
	host --kernel debian:7.2 --smp 2 --timeout 500 --console "$con" --log "$log" \
		--add "$build/modules/7.2/snp_host.ko:/snp_host.ko" --add "$snpctl:/bin/snpctl" -- \
		sh -c "$1; echo c >/proc/sysrq-trigger" || status=$?
	[ $status -ne 124 ]
}

a_panic_shuts_snp_down() {
	local con log
	panic_vm 'insmod /snp_host.ko' &&
	grep -a 'panic: SNP shut down' "$con" && grep 'SNP_SHUTDOWN_EX .*SUCCESS' "$log"
}

# The command that was under way when all stopped ends before the next one is given.
a_panic_waits_for_the_command_under_way() {
	local con log
	panic_vm 'insmod /snp_host.ko && softsnp-fault slow:SNP_PLATFORM_STATUS:4000
		{ snpctl host status; echo "<0>answered before the panic" >/dev/kmsg; } & sleep 1' &&
	! grep -a 'answered before' "$con" && grep -a 'panic: SNP shut down' "$con" &&
	grep -E 'command 0x[0-9a-f]+ ' "$log" | tail -n 2 | tr '\n' ' ' |
		grep -E 'SNP_PLATFORM_STATUS .*SUCCESS.*SNP_SHUTDOWN_EX .*SUCCESS'
}

# Two seconds, and not the ten that are the default.
a_panic_goes_on_without_the_firmware() {
	local con log
	panic_vm 'insmod /snp_host.ko panic_timeout_s=2 && softsnp-fault timeout:SNP_SHUTDOWN_EX' &&
	grep -a 'panic: SNP stays up in the firmware: no answer (-110)' "$con" &&
	grep -a 'SNP stays up\|Kernel panic - not' "$con" | tr -d '[]\r' |
		awk '{ t[NR] = $1; print } END { exit !(NR == 2 && t[2] - t[1] > 2 && t[2] - t[1] < 9) }'
}

tests_hostdev() {
	"$vm/testroot" fetch snphost || true
	tap driver-7.2 driver_tests 7.2
	t a_panic_shuts_snp_down a_panic_shuts_snp_down
	t a_panic_waits_for_the_command_under_way a_panic_waits_for_the_command_under_way
	t a_panic_goes_on_without_the_firmware a_panic_goes_on_without_the_firmware
}
