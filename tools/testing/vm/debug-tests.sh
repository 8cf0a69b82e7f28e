# SPDX-License-Identifier: GPL-2.0-only
# The modules on the debug kernel (debug/build-kernel): KASAN, UBSAN, lockdep,
# debug objects, kmemleak, fault injection.  Any complaint of that kernel is a
# failure.  Not in a plain "make check": the kernel takes a while to build, and
# is slow.  Sourced by stages.sh.

complaint='BUG:|WARNING:|KASAN|UBSAN|possible .* detected|INFO: task|invalid opcode'

# The kernel warns when its own memory for a module's events failed, and at the end of an
# interrupt whose files in /proc it had no memory for.
its_own='kernel/trace/trace_events.c|fs/proc/generic.c'

# prepare_debug: the kernel, and the modules for it.
prepare_debug() {
	debug_obj=$("$here/debug/build-kernel") || return 1
	"$vm/build-modules" "$debug_obj" && "$vm/build-modules" "$debug_obj" --dir tools/testing/modules || return 1
	debug_ko=$build/modules/$(basename "$debug_obj")
}

# In the machine: a line for each step, and at the end what the kernel has said.
debug_steps='
	n=0 bad=0
	step() { # step NAME COMMAND...
		name=$1; shift; n=$((n + 1))
		if "$@" >/tmp/out 2>&1; then
			echo "ok $n $name"
		else
			bad=1; tail -n 40 /tmp/out | sed "s/^/# /"; echo "not ok $n $name"
		fi
	}
	quiet() { # [REGEX of a complaint that does not count]
		! dmesg | grep -E -A 40 "$complaint" | grep -vE "${1:-^$}" | grep -E -A 40 "$complaint"
	}
	leaks() { # since the last "clear", and not what the kernel has left at boot
		sleep 6; echo scan >/sys/kernel/debug/kmemleak; sleep 1; echo scan >/sys/kernel/debug/kmemleak
		! awk "/^unreferenced/ { head = \$0; next }
			/comm / { show = !/swapper/; if (show) print head }
			show" /sys/kernel/debug/kmemleak | grep .
	}
	clear_leaks() { echo scan >/sys/kernel/debug/kmemleak; echo clear >/sys/kernel/debug/kmemleak; }
	free_kb() {
		sync; echo 3 >/proc/sys/vm/drop_caches; sleep 2
		awk "/^MemFree/ { print \$2 }" /proc/meminfo
	}
'

# debug_vm ROLE [OPTION]... -- SCRIPT
debug_vm() {
	local -a before=()
	while [ "$1" != -- ]; do before+=("$1"); shift; done
	"$softsnp" run --kernel "$debug_obj/arch/x86/boot/bzImage" --smp 2 --role "${before[@]}" \
		-- sh -c "complaint='$complaint'$debug_steps$2"
}

# Without the access checker: KASAN is slow enough, and the same programs run on
# the stock kernel with it.
debug_host() { # [OPTION]... -- SCRIPT
	local p
	local -a add=()
	for p in vmm_guest vmm_memory vmm_fault vmm_hotload vmm_dead vmm_matrix vmm_failnth; do
		add+=(--add "$build/tools/vmm/$p:/bin/$p")
	done
	for p in host_ioctl host_hostile host_attack host_unbind; do
		add+=(--add "$build/tools/selftests/$p:/bin/$p")
	done
	debug_vm host --check 0 --add "$debug_ko/snp_host.ko:/snp_host.ko" --add "$snpctl:/bin/snpctl" \
		--add "$pki/vlek.hashstick:/vlek.hashstick" \
		--add "$debug_ko/tools/testing/modules/snp_vmm.ko:/snp_vmm.ko" "${add[@]}" "$@"
}

debug_host_programs() {
	local fw=$build/check/firmware f
	local -a add=()
	firmware_images "$fw" || return 1
	for f in "$fw"/*; do add+=(--add "$f:/fw/$(basename "$f")"); done
	debug_host "${add[@]}" --mem 2G --append kmemleak=on --timeout 1500 -- '
		step loads insmod /snp_host.ko cmd_timeout_s=60
		step vmm_loads insmod /snp_vmm.ko
		clear_leaks
		for p in host_ioctl host_hostile host_attack host_unbind vmm_guest vmm_memory vmm_fault \
			vmm_hotload; do
			step $p $p
		done
		step kmemleak_finds_nothing leaks
		step vmm_unloads rmmod snp_vmm
		step unloads rmmod snp_host
		step kernel_is_content quiet
		echo "1..$n"; exit $bad'
}

# Every fault with a way back; then one without, with guests.
debug_host_faults() { # PROGRAM
	debug_host --append kmemleak=on --timeout 1500 -- '
		insmod /snp_host.ko cmd_timeout_s=60 && insmod /snp_vmm.ko || exit 1
		clear_leaks
		'"$1"' || bad=1
		leaks || bad=1
		quiet || bad=1
		exit $bad'
}

# STRIDE=1 takes every site of loading and binding, an hour; WALK: only commands, guest,
# bind or load.
debug_host_failnth() {
	local mem=1G
	# To end, firmware and driver walk all memory.
	case ${WALK:-} in bind|load) mem=512M ;; esac
	debug_host --mem $mem --append kmemleak=on --timeout $((3000 + 15000 / ${STRIDE:-17})) -- '
		insmod /snp_host.ko cmd_timeout_s=60 && insmod /snp_vmm.ko || exit 1
		clear_leaks
		vmm_failnth '"${STRIDE:-17} ${WALK:-}"' || bad=1
		leaks || bad=1
		quiet "'"$its_own"'" || bad=1
		exit $bad'
}

load_cycle='
	cycle() { insmod /snp_host.ko && insmod /snp_vmm.ko && snpctl host status >/dev/null &&
		rmmod snp_vmm && rmmod snp_host; }
	cycles() { i=0; while [ $i -lt $1 ]; do cycle || return 1; i=$((i + 1)); done; }
'

# Load and unload.  KASAN keeps what is freed for long; so here kmemleak looks.
debug_host_cycles() {
	debug_host --append kmemleak=on --timeout 3000 -- "$load_cycle"'
		step first_rounds cycles 5
		clear_leaks
		step cycles cycles '"${CYCLES:-200}"'
		step kmemleak_finds_nothing leaks
		step cpu_goes_and_comes eval "echo 0 >/sys/devices/system/cpu/cpu1/online &&
			echo 1 >/sys/devices/system/cpu/cpu1/online"
		step loads insmod /snp_host.ko
		echo devices >/sys/power/pm_test
		echo 1 >/sys/module/suspend/parameters/pm_test_delay
		step sleeps_and_wakes eval "echo mem >/sys/power/state && snpctl host status"
		step kernel_is_content quiet
		echo "1..$n"; exit $bad'
}

# The same on the stock kernel: what that has free must not shrink.  The first rounds
# fill its caches.
cycles_leave_no_memory() {
	"$softsnp" run --role host --smp 2 --mem 1G --timeout 3000 \
		--add "$build/modules/7.2/snp_host.ko:/snp_host.ko" --add "$snpctl:/bin/snpctl" \
		--add "$build/modules/7.2/tools/testing/modules/snp_vmm.ko:/snp_vmm.ko" \
		-- sh -c "complaint='$complaint'$debug_steps$load_cycle"'
		slab() { awk "/^SUnreclaim|^VmallocUsed|^Percpu/ { s += \$2 } END { print s }" /proc/meminfo; }
		step first_rounds cycles 20
		f0=$(free_kb) s0=$(slab)
		step cycles cycles '"${CYCLES:-200}"'
		f1=$(free_kb) s1=$(slab)
		echo "# free $f0 -> $f1 KiB, slab+vmalloc+percpu $s0 -> $s1 KiB"
		step memory_does_not_shrink [ $((f0 - f1)) -lt 4096 ]
		step slabs_do_not_grow [ $((s1 - s0)) -lt 2048 ]
		step kernel_is_content quiet
		echo "1..$n"; exit $bad'
}

debug_guest() { # [OPTION]... -- SCRIPT
	debug_vm guest --add "$debug_ko/snp_guest.ko:/snp_guest.ko" \
		--add "$debug_ko/snp_guest_tsm.ko:/snp_guest_tsm.ko" \
		--add "$debug_obj/drivers/virt/coco/guest/tsm_report.ko:/tsm_report.ko" \
		--add "$debug_ko/tools/testing/modules/snp_convert.ko:/snp_convert.ko" \
		--add "$build/tools/selftests/guest_fuzz:/bin/guest_fuzz" \
		--add "$build/tools/selftests/guest_ioctl:/bin/guest_ioctl" \
		--add "$build/tools/selftests/guest_failnth:/bin/guest_failnth" "$@"
}

# FUZZ seconds of requests at random.
debug_guest_programs() {
	debug_guest --append kmemleak=on --timeout $((1200 + ${FUZZ:-60})) -- '
		step loads insmod /snp_guest.ko
		clear_leaks
		step ioctls guest_ioctl
		step requests_at_random guest_fuzz '"${FUZZ:-60}"'
		step converts insmod /snp_convert.ko mib=16 skip=3
		step kmemleak_finds_nothing leaks
		step unloads eval "rmmod snp_convert && rmmod snp_guest"
		step kernel_is_content quiet
		echo "1..$n"; exit $bad'
}

debug_guest_failnth() {
	debug_guest --certs 1 --append kmemleak=on --timeout 3000 -- '
		insmod /tsm_report.ko
		clear_leaks
		guest_failnth '"${STRIDE:-17}"' || bad=1
		leaks || bad=1
		quiet "'"$its_own"'" || bad=1
		exit $bad'
}

no_debug_kernel() {
	cat "$logs/debug-build.log"
	return 1
}

stage_debug() {
	tap cycles_leave_no_memory cycles_leave_no_memory
	# What all others need, whatever ONLY selects.
	prepare_debug >"$logs/debug-build.log" 2>&1 || { ONLY= t debug_kernel no_debug_kernel; return; }
	tap debug_host_programs debug_host_programs
	tap debug_host_faults debug_host_faults vmm_matrix
	tap debug_host_dead debug_host_faults "vmm_dead timeout launch"
	tap debug_host_failnth debug_host_failnth
	tap debug_host_cycles debug_host_cycles
	tap debug_guest_programs debug_guest_programs
	tap debug_guest_failnth debug_guest_failnth
}
