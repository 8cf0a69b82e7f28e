# SPDX-License-Identifier: GPL-2.0-only
# #VC taken over by snp_guest.ko in running guests.  Sourced by check; needs
# guest() and contains() of guest-tests.sh.

# Every CPU raises #VC in kernel and user mode all the time, and every result must
# be what the kernel's own handler gave, while the vector changes hands; first
# with ports and MSRs, then with NMIs that raise #VC and hit in #VC.  More
# cycles: make check-guest ONLY=vector CYCLES=50
vector_is_taken_over_under_load() { # CYCLES CYCLES-WITH-NMIS
	contains '^done with NMIs: [1-9][0-9]* rounds, [1-9][0-9]* NMIs, 0 errors$' \
		guest --smp 2 --timeout 600 --add "$build/modules/7.2/snp_guest.ko:/snp_guest.ko" \
		--add "$build/modules/7.2/tools/testing/modules/snp_vc_work.ko:/work.ko" \
		--add "$build/tools/selftests/flags_stress:/bin/flags_stress" -- sh -c '
		p=/sys/module/snp_vc_work/parameters
		cycle() {
			insmod /snp_guest.ko vc=takeover || { dmesg | tail; exit 1; }
			before=$(cat $p/rounds)
			until [ $(cat $p/rounds) -gt $((before + 2)) ]; do usleep 1000; done
			handled=$((handled + $(cat /sys/devices/platform/sev-guest/vc_handled)))
			rmmod snp_guest || exit 1
		}
		cycles() {
			handled=0 n=0
			while [ $n -lt $1 ]; do cycle; n=$((n + 1)); done
		}
		summary() {
			echo cycles $n, handled $handled
			echo $1: $(cat $p/rounds) rounds, $(cat $p/nmis) NMIs, $(cat $p/errors) errors
			dmesg | grep -E "snp_vc_work: CPU|BUG:|WARNING:|Oops"
			[ $(cat $p/errors) -eq 0 ] || exit 1
			rmmod snp_vc_work || exit 1
		}
		while :; do flags_stress >/dev/null || echo user mode failed; done & user=$!
		insmod /work.ko || exit 1
		cycles '"$1"'
		kill $user
		summary "done"
		insmod /work.ko machine=0 || exit 1
		while :; do echo l >/proc/sysrq-trigger; usleep 20000; done & nmi=$!
		cycles '"$2"'
		kill $nmi
		summary "done with NMIs"'
}

# A CPU that comes online while the vector is taken over, and stays behind.
late_cpu_is_taken_over_and_given_back() { # KERNEL
	# shellcheck disable=SC2046
	contains '^late CPU: same answers, handled$' guest --kernel "debian:$1" --smp 2 --timeout 200 \
		--append maxcpus=1 $(crypto "$1") --insmod cpuid --insmod msr \
		--insmod "$build/modules/$1/snp_guest.ko vc=takeover" \
		--add "$build/tools/selftests/flags_stress:/bin/flags_stress" -- sh -c '
		counted=/sys/devices/platform/sev-guest/vc_handled
		look() {
			for leaf in 0 1 7 11 13 2147483678 2147483679; do
				dd if=/dev/cpu/$1/cpuid bs=16 count=1 iflag=skip_bytes skip=$leaf 2>/dev/null
			done
			dd if=/dev/cpu/$1/msr bs=8 count=1 iflag=skip_bytes skip=27 2>/dev/null
			dd if=/dev/cpu/$1/msr bs=8 count=1 iflag=skip_bytes skip=3221299199 2>&1 | grep -v records
		}
		look 0 | md5sum >/tmp/taken0
		echo 1 >/sys/devices/system/cpu/cpu1/online || exit 1
		before=$(cat $counted)
		look 1 | md5sum >/tmp/taken1
		[ $(cat $counted) -ge $((before + 7)) ] || { echo CPU 1 was not taken over; exit 1; }
		flags_stress || exit 1
		rmmod snp_guest || exit 1
		dmesg | grep "the kernel.s again"
		look 0 | md5sum >/tmp/kernel0
		look 1 | md5sum >/tmp/kernel1
		cmp /tmp/taken0 /tmp/kernel0 && cmp /tmp/taken1 /tmp/kernel1 || exit 1
		[ $(look 0 | wc -c) -ge 120 ] || exit 1
		echo late CPU: same answers, handled'
}

# Two refusals that a guest can show; FRED and missing gates: KUnit (vc_test).
takeover_is_refused_with_a_reason() {
	contains 'page table isolation is on' guest --timeout 240 --append pti=on \
		--add "$build/modules/7.2/snp_guest.ko:/snp_guest.ko" -- sh -c '
		insmod /snp_guest.ko vc=takeover && exit 1
		insmod /snp_guest.ko vc=takeoff && exit 1
		dmesg | grep "snp_guest: vc:" | tee /tmp/log
		grep "\"takeoff\".*is needed" /tmp/log >/dev/null || exit 1
		insmod /snp_guest.ko vc=off && [ ! -e /sys/devices/platform/sev-guest/vc_handled ]'
}

# Devices: the kernel's handler until the vector is taken over, then ours; on each
# CPU every instruction that is emulated, against what ports say.  The third load
# is the kernel's again.  A program of user mode is killed.
devices_raise_vc() {
	local counters=$logs/mmio.counters log=$logs/mmio.log
	rm -f "$counters" "$log"
	contains '^handled all of [1-9][0-9]+, passed on 0$' \
		guest --mmio-vc 1 --smp 2 --timeout 300 --counters "$counters" --log "$log" \
		--add "$build/modules/7.2/snp_guest.ko:/snp_guest.ko" \
		--add "$build/modules/7.2/tools/testing/modules/snp_vc_mmio.ko:/mmio.ko" -- sh -c '
		device=/sys/devices/platform/sev-guest
		load() {
			insmod /mmio.ko $1 || { dmesg | tail -n 20; exit 1; }
			n=$(cat /sys/module/snp_vc_mmio/parameters/accesses)
			rmmod snp_vc_mmio
		}
		load
		insmod /snp_guest.ko vc=takeover || exit 1
		before=$(cat $device/vc_handled)
		load all=1
		handled=$(($(cat $device/vc_handled) - before))
		passed=$(cat $device/vc_passed)
		[ $handled -ge $n ] && [ $n -ge 100 ] || { echo handled $handled of $n; exit 1; }
		rmmod snp_guest || exit 1
		load
		set -- $(sed -n 6p /sys/bus/pci/devices/0000:00:1f.2/resource)
		devmem $1 32
		[ $? -eq 135 ] || { echo devmem $1 lives; exit 1; }
		dmesg | grep -E "BUG:|WARNING:|Oops" | grep -v "Speculative Return" && exit 1
		echo handled all of $n, passed on $passed' || return 1
	grep -E '"(vc.mmio|vmgexit.page.0x8000000[12]|mmio..*)"' "$counters"
	! grep -q '"mmio.native"' "$counters" &&
	[ "$(grep -cE '"(vc.mmio|vmgexit.page.0x8000000[12])": [1-9][0-9]{2,}' "$counters")" -eq 3 ]
}

tests_vc() {
	t devices_raise_vc devices_raise_vc
	t vector_is_taken_over_under_load \
		vector_is_taken_over_under_load "${CYCLES:-12}" "$((${CYCLES:-12} / 3))"
	t late_cpu_is_taken_over_and_given_back-6.12 late_cpu_is_taken_over_and_given_back 6.12
	t late_cpu_is_taken_over_and_given_back-6.1 late_cpu_is_taken_over_and_given_back 6.1
	t takeover_is_refused_with_a_reason takeover_is_refused_with_a_reason
}
