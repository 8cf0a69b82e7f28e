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

stock_kernel_boots_as_snp_guest() { # KERNEL [OPTION]...
	local k=$1
	shift
	contains 'Memory Encryption Features active:.*SEV-SNP' \
		guest --kernel "debian:$k" --smp 2 "$@" -- \
		sh -c 'dmesg | grep -iE "memory encryption|snp"; [ $(nproc) -eq 2 ]'
}

# AES-GCM: a library in newer kernels, modules of the crypto API in older ones.
crypto() { # KERNEL
	case $1 in
	6.12)	echo --insmod gcm --insmod ghash-generic ;;
	6.1)	echo --insmod ctr --insmod gcm --insmod ghash-generic ;;
	esac
}

# The kernel's own driver against the platform: the referee.
kernels_own_driver_returns_a_report() { # KERNEL
	local r=$logs/in-tree-$1.report
	rm -f "$r"
	# shellcheck disable=SC2046
	guest --kernel "debian:$1" $(crypto "$1") --insmod sev-guest --add "$snpctl:/bin/snpctl" --get "/tmp/r:$r" -- \
		snpctl guest report --nonce "$nonce" --out /tmp/r &&
	contains '^VERIFIED' verify "$r" --nonce "$nonce"
}

our_driver_returns_a_report() { # KERNEL
	local r=$logs/snp_guest-$1.report
	rm -f "$r"
	# shellcheck disable=SC2046
	guest --kernel "debian:$1" $(crypto "$1") --insmod "$build/modules/$1/snp_guest.ko" \
		--add "$snpctl:/bin/snpctl" --get "/tmp/r:$r" -- \
		snpctl guest report --nonce "$nonce" --out /tmp/r &&
	contains '^VERIFIED' verify "$r" --nonce "$nonce"
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
	contains 'frob=1' guest --append frob=1 -- cat /proc/cmdline &&
	expect 3 guest -- sh -c 'exit 3'
}

ioctl_selftest() { # KERNEL [OPTION]...
	local k=$1
	shift
	# shellcheck disable=SC2046
	guest --kernel "debian:$k" --smp 2 $(crypto "$k") --insmod "$build/modules/$k/snp_guest.ko" "$@" \
		--add "$build/tools/selftests/guest_ioctl:/bin/guest_ioctl" -- guest_ioctl
}

# The same, and what is different when the host gives certificates.
ioctl_selftest_with_certificates() { # KERNEL
	# shellcheck disable=SC2046
	guest --kernel "debian:$1" --certs 1 --smp 2 $(crypto "$1") --insmod "$build/modules/$1/snp_guest.ko" \
		--add "$build/tools/selftests/guest_ioctl:/bin/guest_ioctl" -- env GUEST_CERTS=1 guest_ioctl
}

# The referee: what the tests expect of certificates is what the kernel's own driver does.
ioctl_selftest_of_the_kernels_own_driver() {
	guest --certs 1 --smp 2 --insmod sev-guest \
		--add "$build/tools/selftests/guest_ioctl:/bin/guest_ioctl" -- env GUEST_CERTS=1 guest_ioctl
}

ext_report=$build/tools/selftests/ext_report

# What came with the report is all that a verifier needs.
verified_by_its_own_table() { # REPORT TABLE DIR
	contains '^certificates 3$' "$ext_report" split "$2" "$3" &&
	cmp "$3/vcek.der" "$pki/vcek.der" &&
	contains '^VERIFIED' "$snpctl" verify "$1" --ark "$3/ark.der" --ask "$3/ask.der" \
		--vcek "$3/vcek.der" --nonce "$nonce"
}

extended_report_is_verified_by_its_certificates() { # KERNEL
	local d=$logs/ext-$1
	rm -rf "$d" && mkdir -p "$d"
	# shellcheck disable=SC2046
	contains '^size 8192$' guest --kernel "debian:$1" --certs 1 $(crypto "$1") \
		--insmod "$build/modules/$1/snp_guest.ko" --add "$ext_report:/bin/ext_report" \
		--get "/tmp/r:$d/report" --get "/tmp/t:$d/table" -- ext_report ioctl /tmp/r /tmp/t &&
	verified_by_its_own_table "$d/report" "$d/table" "$d"
}

extended_report_without_certificates() { # KERNEL
	local d=$logs/ext-plain-$1
	rm -rf "$d" && mkdir -p "$d"
	# shellcheck disable=SC2046
	guest --kernel "debian:$1" $(crypto "$1") --insmod "$build/modules/$1/snp_guest.ko" \
		--add "$ext_report:/bin/ext_report" --get "/tmp/r:$d/report" -- \
		sh -c 'ext_report ioctl /tmp/r /tmp/t && [ ! -s /tmp/t ]' &&
	contains '^VERIFIED' verify "$d/report" --nonce "$nonce"
}

# The kernel's module that keeps the reports' directory.
tsm_module() { # KERNEL
	case $1 in
	6.12)	echo tsm ;;
	*)	echo tsm_report ;;
	esac
}

configfs_guest() { # KERNEL DIR SCRIPT [OPTION]...
	local k=$1 d=$2 script=$3
	shift 3
	rm -rf "$d" && mkdir -p "$d"
	printf '%s' "$nonce" | sed 's/../\\x&/g' | xargs -0 printf >"$d/nonce"
	# shellcheck disable=SC2046
	guest --kernel "debian:$k" $(crypto "$k") --insmod "$(tsm_module "$k")" \
		--insmod "$build/modules/$k/snp_guest.ko" --insmod "$build/modules/$k/snp_guest_tsm.ko" \
		--add "$d/nonce:/nonce" --get "/tmp/r:$d/report" --get "/tmp/t:$d/table" "$@" -- sh -c '
		mount -t configfs configfs /sys/kernel/config 2>/dev/null
		cd /sys/kernel/config/tsm/report && mkdir a && cd a || exit 1
		'"$script"
}

configfs_report_is_verified_by_its_certificates() { # KERNEL
	local d=$logs/tsm-$1
	# Too short an input and none are refused; so is a fifth privilege level.
	contains '^sev_guest floor 0 generation 2$' configfs_guest "$1" "$d" '
		cat outblob && exit 1
		echo -n short >inblob && cat outblob && exit 1
		echo 4 >privlevel && exit 1
		ls service_provider manifestblob && exit 1
		mkdir ../b && cd ../b || exit 1
		echo 0 >privlevel && cat /nonce >inblob && cat outblob >/tmp/r && cat auxblob >/tmp/t || exit 1
		echo "$(cat provider) floor $(cat privlevel_floor) generation $(cat generation)"' \
		--certs 1 &&
	[ "$(stat -c %s "$d/report")" -eq 1184 ] &&
	verified_by_its_own_table "$d/report" "$d/table" "$d"
}

configfs_report_without_certificates() { # KERNEL
	local d=$logs/tsm-plain-$1
	contains '^vmpl 3 aux 0$' configfs_guest "$1" "$d" '
		echo 3 >privlevel && cat /nonce >inblob && cat outblob >/tmp/r && cat auxblob >/tmp/t || exit 1
		echo "vmpl $(od -An -tu4 -j 48 -N 4 /tmp/r | tr -d " ") aux $(wc -c </tmp/t)"' &&
	contains '^VERIFIED' verify "$d/report" --nonce "$nonce"
}

# In a VM, with the in-tree driver holding /dev/sev-guest.
second_driver_says_why_it_cannot_load() {
	contains 'belong to driver sev-guest.*unload that first' guest --insmod sev-guest \
		--add "$build/modules/7.2/snp_guest.ko:/snp_guest.ko" -- \
		sh -c 'insmod /snp_guest.ko && exit 1; dmesg | grep snp_guest'
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

checked_boot_has_no_violation() {
	guest --check 1 --timeout 180 --insmod "$build/modules/7.2/snp_guest.ko" \
		--add "$snpctl:/bin/snpctl" -- snpctl guest report --nonce 00 --out /tmp/r
}

checker_catches_a_violation() {
	local out status=0
	out=$(guest --check 1 --timeout 180 --add "$build/modules/7.2/tools/testing/modules/snp_violate.ko:/v.ko" \
		-- sh -c 'insmod /v.ko; true' 2>&1) || status=$?
	echo "$out"
	[ $status -eq 123 ] && echo "$out" | grep -E 'RMP violation: vCPU 0 at .*store of 4, C=0.*page private' >/dev/null
}

# What the guest does about an answer that the hypervisor has touched: no
# report, the key is gone for good, and the reason can be read.  A replay needs
# a genuine exchange first.
bad_answer_retires_the_key() { # FAULT REASON
	local out first=
	[ "$1" != msg-replay ] || first='snpctl guest report --nonce 00 --out /tmp/first || exit 1'
	out=$(guest --fault "$1" --insmod "$build/modules/7.2/snp_guest.ko" --add "$snpctl:/bin/snpctl" -- sh -c "
		$first"'
		snpctl guest report --nonce 00 --out /tmp/r && exit 1
		snpctl guest report --nonce 00 --out /tmp/r && exit 1
		[ ! -e /tmp/r ] || exit 1
		cat /sys/devices/platform/sev-guest/state
		dmesg | grep snp_guest' 2>&1) || { echo "$out"; return 1; }
	echo "$out"
	echo "$out" | grep -E "^retired: .*$2" >/dev/null && echo "$out" | grep "VMPCK0 is retired and wiped" >/dev/null
}

interrupted_exits_keep_the_flags() {
	guest --smp 2 --add "$build/tools/selftests/flags_stress:/bin/flags_stress" -- flags_stress
}

# The best of three: the machine may be busy with something else.
guest_boots_in_time() {
	local n t0 took
	for n in 1 2 3; do
		t0=$SECONDS
		guest -- true || return 1
		took=$((SECONDS - t0))
		echo "$took s"
		[ $took -ge 12 ] || return 0
	done
	return 1
}

stage_timing() {
	t guest_boots_in_12_seconds guest_boots_in_time
}

stage_guest() {
	local k
	for k in 7.2 7.2-cloud 6.12 6.1; do
		t "stock_kernel_boots_as_snp_guest-$k" stock_kernel_boots_as_snp_guest "$k"
	done
	t interrupted_exits_keep_the_flags interrupted_exits_keep_the_flags
	t command_line_and_status_pass_through command_line_and_status_pass_through
	for k in 7.2 6.12 6.1; do
		t "kernels_own_driver_returns_a_report-$k" kernels_own_driver_returns_a_report "$k"
		t "our_driver_returns_a_report-$k" our_driver_returns_a_report "$k"
	done
	t measurement_is_recomputed_from_the_files measurement_is_recomputed_from_the_files
	for k in 7.2 6.12 6.1; do
		tap "guest_ioctl-$k" ioctl_selftest "$k"
	done
	tap guest_ioctl-certificates-in-tree-7.2 ioctl_selftest_of_the_kernels_own_driver
	for k in 7.2 6.12; do
		tap "guest_ioctl-certificates-$k" ioctl_selftest_with_certificates "$k"
		t "extended_report_is_verified_by_its_certificates-$k" extended_report_is_verified_by_its_certificates "$k"
		t "extended_report_without_certificates-$k" extended_report_without_certificates "$k"
		t "configfs_report_is_verified_by_its_certificates-$k" configfs_report_is_verified_by_its_certificates "$k"
		t "configfs_report_without_certificates-$k" configfs_report_without_certificates "$k"
	done
	t second_driver_says_why_it_cannot_load second_driver_says_why_it_cannot_load
	t loads_and_unloads loads_and_unloads
	t refuses_outside_a_guest refuses_outside_a_guest
	t flipped_answer_retires_the_key bad_answer_retires_the_key msg-flip authentication
	t renumbered_answer_retires_the_key bad_answer_retires_the_key msg-seqno 'sequence number'
	t replayed_answer_retires_the_key bad_answer_retires_the_key msg-replay 'sequence number'
	t swallowed_answer_retires_the_key bad_answer_retires_the_key msg-drop 'sequence number'
	t killing_qemu_of_a_guest_leaves_nothing killing_leaves_nothing guest qemu-system
	t checked_boot_has_no_violation checked_boot_has_no_violation
	t checker_catches_a_violation checker_catches_a_violation
	tests_vc
}
