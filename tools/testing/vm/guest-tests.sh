# SPDX-License-Identifier: GPL-2.0-only
# Guest role: stock kernels as SNP guests, the kernel's own driver as referee,
# snp_guest.ko.  Sourced by check.

nonce=000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f
nonce=$nonce$(echo $nonce | rev)

guest() { "$softsnp" run --role guest "$@"; }

verify() { # verify REPORT [ARGUMENT]...
	local r=$1
	shift
	"$snpctl" verify "$r" --ark "$pki/ark.pem" --ask "$pki/ask.pem" --vcek "$pki/vcek.pem" "$@"
}

# contains TEXT COMMAND...: COMMAND succeeds and its output has TEXT (a regex).
contains() {
	local text=$1 out status=0
	shift
	out=$("$@" 2>&1) || status=$?
	echo "$out"
	[ $status -eq 0 ] || { echo "status $status"; return 1; }
	echo "$out" | grep -E "$text" >/dev/null || { echo "missing: $text"; return 1; }
}

# AES-GCM: a library in newer kernels, modules of the crypto API in older ones.
crypto() { # KERNEL
	case $1 in
	6.12)	echo --insmod gcm --insmod ghash-generic ;;
	6.1)	echo --insmod ctr --insmod gcm --insmod ghash-generic ;;
	esac
}

# In the VM: the stock kernel knows what it is, with all its CPUs.
is_snp_guest='dmesg | grep -i "memory encryption" && dmesg | grep -q "Memory Encryption Features active:.*SEV-SNP" && [ $(nproc) -eq 2 ] || exit 1
'

stock_kernel_boots_as_snp_guest() { # KERNEL
	guest --kernel "debian:$1" --smp 2 -- sh -c "$is_snp_guest"
}

measurement_is_recomputed_from_the_files() {
	local d=$logs/launch r=$logs/launch.report m mem
	rm -rf "$d" "$r"
	guest --launch-dir "$d" --insmod "$build/modules/7.2/snp_guest.ko" \
		--add "$snpctl:/bin/snpctl" --get "/tmp/r:$r" --append "snp.test=1" -- \
		snpctl guest report --nonce "$nonce" --out /tmp/r || return 1
	mem=$(($(cat "$d/mem") / 1048576))M
	m=$("$snpctl" measure --kernel "$d/kernel" --initrd "$d/initrd" \
		--cmdline-file "$d/cmdline" --mem "$mem") || return 1
	echo "measure: $m"
	"$snpctl" measure --launch "$d" &&
	[ "$(echo "$m" | grep -oE '[0-9a-f]{96}' | head -n 1)" = "$(cat "$d/digest")" ] &&
	contains '^VERIFIED' verify "$r" --nonce "$nonce" --measurement "$(cat "$d/digest")" || return 1
	# Another command line is another guest.
	m=$("$snpctl" measure --kernel "$d/kernel" --initrd "$d/initrd" \
		--cmdline "$(cat "$d/cmdline") " --mem "$mem") || return 1
	expect 1 verify "$r" --nonce "$nonce" --measurement "$(echo "$m" | grep -oE '[0-9a-f]{96}' | head -n 1)"
}

command_line_and_status_pass_through() {
	local out status=0
	out=$(guest --append frob=1 -- sh -c 'cat /proc/cmdline; exit 3') || status=$?
	echo "$out"
	[ $status -eq 3 ] && echo "$out" | grep 'frob=1' >/dev/null
}

ext_report=$build/tools/selftests/ext_report

# What came with the report is all that a verifier needs.
verified_by_its_own_table() { # REPORT TABLE DIR
	contains '^certificates 3$' "$ext_report" split "$2" "$3" &&
	cmp "$3/vcek.der" "$pki/vcek.der" &&
	contains '^VERIFIED' "$snpctl" verify "$1" --ark "$3/ark.der" --ask "$3/ask.der" \
		--vcek "$3/vcek.der" --nonce "$nonce"
}

# The kernel's module that keeps the reports' directory.
tsm_module() { # KERNEL
	case $1 in
	6.12)	echo tsm ;;
	*)	echo tsm_report ;;
	esac
}

# with_both_drivers KERNEL DIR SCRIPT [OPTION]...: the kernel's own driver is loaded,
# ours and everything that asks for reports lie ready; --get what is looked at outside.
with_both_drivers() {
	local k=$1 d=$2 script=$3 tsm=
	shift 3
	rm -rf "$d" && mkdir -p "$d"
	printf '%s' "$nonce" | sed 's/../\\x&/g' | xargs -0 printf >"$d/nonce"
	# Linux 6.1 has no configfs reports.
	[ "$k" = 6.1 ] || tsm="--insmod $(tsm_module "$k")"
	# shellcheck disable=SC2046,SC2086
	guest --kernel "debian:$k" --smp 2 $(crypto "$k") $tsm --insmod sev-guest \
		--add "$build/modules/$k/snp_guest.ko:/snp_guest.ko" \
		${tsm:+--add "$build/modules/$k/snp_guest_tsm.ko:/snp_guest_tsm.ko"} \
		--add "$snpctl:/bin/snpctl" --add "$ext_report:/bin/ext_report" --add "$d/nonce:/nonce" \
		--add "$build/tools/selftests/guest_ioctl:/bin/guest_ioctl" \
		--get "/tmp/in-tree:$d/in-tree" --get "/tmp/ioctl:$d/ioctl" \
		--get "/tmp/ext:$d/ext" --get "/tmp/ext-table:$d/ext-table" \
		--get "/tmp/tsm:$d/tsm" --get "/tmp/tsm-table:$d/tsm-table" "$@" -- sh -c "$script"
}

# The kernel's own driver leaves, ours comes.
change_drivers='rmmod sev_guest && insmod /snp_guest.ko || exit 1
	[ ! -e /snp_guest_tsm.ko ] || insmod /snp_guest_tsm.ko || exit 1
'

configfs='mount -t configfs configfs /sys/kernel/config 2>/dev/null
	cd /sys/kernel/config/tsm/report && mkdir a && cd a || exit 1
'

# The kernel's own driver is the referee of the platform, and holds ours off.
# Without certificates: the host has none to give, and nothing else changes.
drivers_report() { # KERNEL
	local d=$logs/reports-$1 script r
	script="$is_snp_guest"'
		snpctl guest report --nonce '$nonce' --out /tmp/in-tree || exit 1
		insmod /snp_guest.ko && exit 1
		dmesg | grep "snp_guest.*belong to driver sev-guest.*unload that first" || exit 1
		'"$change_drivers
		snpctl guest report --nonce $nonce --out /tmp/ioctl || exit 1
		ext_report ioctl /tmp/ext /tmp/ext-table && [ ! -s /tmp/ext-table ] || exit 1"
	[ "$1" = 6.1 ] || script="$script
		$configfs"'
		echo 3 >privlevel && cat /nonce >inblob && cat outblob >/tmp/tsm && cat auxblob >/tmp/tsm-table || exit 1
		[ ! -s /tmp/tsm-table ] && [ "$(od -An -tu4 -j 48 -N 4 /tmp/tsm | tr -d " ")" = 3 ] || exit 1'
	with_both_drivers "$1" "$d" "$script
		guest_ioctl" || return 1
	for r in in-tree ioctl ext tsm; do
		[ "$1 $r" != "6.1 tsm" ] || continue
		contains '^VERIFIED' verify "$d/$r" --nonce "$nonce" || return 1
	done
}

# With certificates: what comes along is all that a verifier needs.  A configfs
# input that is too short or missing is refused; so is a fifth privilege level.
# What the ioctl tests expect of certificates is what the kernel's driver does.
drivers_report_with_certificates() { # KERNEL
	local d=$logs/certified-$1
	with_both_drivers "$1" "$d" 'GUEST_CERTS=1 guest_ioctl || exit 1
		'"$change_drivers"'
		ext_report ioctl /tmp/ext /tmp/ext-table | grep "^size 8192$" || exit 1
		'"$configfs"'
		cat outblob && exit 1
		echo -n short >inblob && cat outblob && exit 1
		echo 4 >privlevel && exit 1
		ls service_provider manifestblob && exit 1
		mkdir ../b && cd ../b || exit 1
		echo 0 >privlevel && cat /nonce >inblob && cat outblob >/tmp/tsm && cat auxblob >/tmp/tsm-table || exit 1
		[ "$(cat provider) $(cat privlevel_floor) $(cat generation)" = "sev_guest 0 2" ] || exit 1
		GUEST_CERTS=1 guest_ioctl' --certs 1 &&
	[ "$(stat -c %s "$d/tsm")" -eq 1184 ] &&
	verified_by_its_own_table "$d/ext" "$d/ext-table" "$d" &&
	verified_by_its_own_table "$d/tsm" "$d/tsm-table" "$d"
}

loads_and_unloads() {
	contains '^reloaded 10$' guest --add "$build/modules/7.2/snp_guest.ko:/snp_guest.ko" \
		--add "$snpctl:/bin/snpctl" -- sh -c '
		n=0
		while [ $n -lt 10 ]; do
			insmod /snp_guest.ko || exit 1
			snpctl guest report --nonce 00 --out /tmp/r$n || exit 1
			rmmod snp_guest || exit 1
			n=$((n + 1))
		done
		echo reloaded $n'
}

refuses_outside_a_guest() {
	contains 'SEV_STATUS|not.*SNP' "$softsnp" run --role none --add "$build/modules/7.2/snp_guest.ko:/snp_guest.ko" -- \
		sh -c 'insmod /snp_guest.ko && exit 1; dmesg | grep snp_guest'
}

# A whole boot and a report without a violation; then a module that makes two.
checked_boot_has_only_the_violations_that_were_made() {
	local out status=0
	out=$(guest --timeout 180 --insmod "$build/modules/7.2/snp_guest.ko" --add "$snpctl:/bin/snpctl" \
		--add "$build/modules/7.2/tools/testing/modules/snp_violate.ko:/v.ko" -- \
		sh -c 'snpctl guest report --nonce 00 --out /tmp/r || exit 1; echo reported; insmod /v.ko; true' 2>&1) || status=$?
	echo "$out"
	[ $status -eq 123 ] && echo "$out" | grep '^reported' >/dev/null &&
	echo "$out" | grep 'RMP violation: 2 accesses in all' >/dev/null &&
	echo "$out" | grep -E 'RMP violation: vCPU 0 at .*store of 4, C=0.*page private' >/dev/null &&
	echo "$out" | grep -E 'RMP violation: vCPU 0 at .*store of 4, C=1, va 0x[0-9a-f]*000 .*page shared' >/dev/null
}

interrupted_exits_keep_the_flags() {
	guest --smp 2 --add "$build/tools/selftests/flags_stress:/bin/flags_stress" -- flags_stress
}

cpu_seconds() { # COMMAND... - processor time of all that takes part, in tenths
	local TIMEFORMAT='%1U %1S' took user sys
	took=$({ time "$@" >/dev/null 2>&1 || echo failed; } 2>&1)
	[[ $took != *failed* ]] || return 1
	read -r user sys <<<"$took"
	echo $((10#${user/./} + 10#${sys/./}))
}

# Without the access checker: 12 s of processor time on a machine that boots the
# same kernel without SNP in at most 8 s; on a slower one, in proportion.  The
# best of three, because neighbours slow a machine down too.
guest_boots_in_time() {
	local n guest plain
	for n in 1 2 3; do
		guest=$(cpu_seconds guest --check 0 -- true) || return 1
		echo "SNP guest: $guest tenths of a second"
		[ "$guest" -ge 120 ] || return 0
		plain=$(cpu_seconds "$softsnp" run --role none -- true) || return 1
		echo "the same kernel without SNP: $plain tenths of a second"
		[ $((guest * 80)) -ge $((plain * 120)) ] || return 0
	done
	return 1
}

stage_timing() {
	t guest_boots_in_12_seconds guest_boots_in_time
}

stage_guest() {
	local k
	t stock_kernel_boots_as_snp_guest-7.2-cloud stock_kernel_boots_as_snp_guest 7.2-cloud
	for k in 7.2 6.12 6.1; do
		tap "drivers_report-$k" drivers_report "$k"
	done
	for k in 7.2 6.12; do
		tap "drivers_report_with_certificates-$k" drivers_report_with_certificates "$k"
	done
	t interrupted_exits_keep_the_flags interrupted_exits_keep_the_flags
	t command_line_and_status_pass_through command_line_and_status_pass_through
	t measurement_is_recomputed_from_the_files measurement_is_recomputed_from_the_files
	t loads_and_unloads loads_and_unloads
	t messages_go_on_in_the_next_kernel messages_go_on_in_the_next_kernel
	t refuses_outside_a_guest refuses_outside_a_guest
	t killing_qemu_of_a_guest_leaves_nothing killing_leaves_nothing guest qemu-system
	t checked_boot_has_only_the_violations_that_were_made checked_boot_has_only_the_violations_that_were_made
	tests_guestdev
	tests_vc
	tests_svsm
}
