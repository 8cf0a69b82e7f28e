# SPDX-License-Identifier: GPL-2.0-only
# The modules on the debug kernel (debug/build-kernel): KASAN, UBSAN, lockdep,
# debug objects, kmemleak, fault injection.  Any complaint of that kernel is a
# failure.  Not in a plain "make check": the kernel takes a while to build, and
# is slow.  Sourced by stages.sh.

complaint='BUG:|WARNING:|KASAN|UBSAN|possible .* detected|unreferenced object|INFO: task|invalid opcode'

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
	quiet() { ! dmesg | grep -E -A 40 "$complaint"; }
	leaks() { # since the last "clear"
		sleep 6; echo scan >/sys/kernel/debug/kmemleak; sleep 1; echo scan >/sys/kernel/debug/kmemleak
		! grep . /sys/kernel/debug/kmemleak
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
	"$softsnp" run --kernel "${debug_bzimage:-$debug_obj/arch/x86/boot/bzImage}" --smp 2 --role "${before[@]}" \
		-- sh -c "complaint='$complaint'$debug_steps$2"
}

debug_host() { # [OPTION]... -- SCRIPT
	local p
	local -a add=()
	for p in vmm_guest vmm_memory vmm_fault vmm_dead vmm_matrix vmm_failnth; do
		add+=(--add "$build/tools/vmm/$p:/bin/$p")
	done
	for p in host_ioctl host_hostile; do
		add+=(--add "$build/tools/selftests/$p:/bin/$p")
	done
	debug_vm host --add "$debug_ko/snp_host.ko:/snp_host.ko" --add "$snpctl:/bin/snpctl" \
		--add "$debug_ko/tools/testing/modules/snp_vmm.ko:/snp_vmm.ko" "${add[@]}" "$@"
}

debug_host_programs() {
	debug_host --mem 2G --timeout 1500 -- '
		step loads insmod /snp_host.ko cmd_timeout_s=60
		step vmm_loads insmod /snp_vmm.ko
		for p in host_ioctl host_hostile vmm_guest vmm_memory vmm_fault; do step $p $p; done
		step vmm_unloads rmmod snp_vmm
		step unloads rmmod snp_host
		step kernel_is_content quiet
		echo "1..$n"; exit $bad'
}
