# SPDX-License-Identifier: GPL-2.0-only
# Host role: guests, their memory and the pages of the firmware.  Sourced by
# check.  snp_vmm.ko is the hypervisor, the programs of selftests/vmm are guest,
# owner and attacker.

vmm=$build/tools/vmm

# host_guests KERNEL [OPTION]... -- COMMAND...: with everything in place but not loaded.
host_guests() {
	local k=$1
	shift
	host_module "$k" --add "$build/modules/$k/tools/testing/modules/snp_vmm.ko:/snp_vmm.ko" \
		--add "$vmm/vmm_guest:/bin/vmm_guest" --add "$vmm/vmm_memory:/bin/vmm_memory" "$@"
}

host_guests_live_and_end() { # KERNEL [OPTION]...
	local k=$1
	shift
	host_guests "$k" --timeout 240 "$@" -- sh -c '
		insmod /snp_host.ko && insmod /snp_vmm.ko || { dmesg | tail -n 20; exit 1; }
		status=0
		vmm_guest || status=1
		vmm_memory || status=1
		rmmod snp_vmm && rmmod snp_host || status=1
		[ $status = 0 ] || dmesg | tail -n 60
		exit $status'
}

tests_hostguest() {
	tap host_guests_live_and_end host_guests_live_and_end 7.2 --smp 2 --check 1
}
