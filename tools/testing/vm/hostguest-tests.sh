# SPDX-License-Identifier: GPL-2.0-only
# Host role: guests, their memory and the pages of the firmware.  Sourced by
# check.  snp_vmm.ko is the hypervisor, the programs of selftests/vmm are guest,
# owner and attacker.

vmm=$build/tools/vmm

# host_guests KERNEL [OPTION]... -- COMMAND...: with everything in place but not loaded.
host_guests() {
	local k=$1 p
	local -a add=()
	shift
	for p in vmm_guest vmm_memory vmm_fault vmm_hotload vmm_dead vmm_matrix; do
		add+=(--add "$vmm/$p:/bin/$p")
	done
	host_module "$k" --add "$build/modules/$k/tools/testing/modules/snp_vmm.ko:/snp_vmm.ko" \
		"${add[@]}" "$@"
}

# In the machine: run PROGRAM... one after the other, unload, show the log of a failure.
vmm_run='
run() {
	insmod /snp_host.ko cmd_timeout_s=8 && insmod /snp_vmm.ko || { dmesg | tail -n 20; exit 1; }
	status=0
	for p; do $p || status=1; done
	cat /sys/kernel/debug/snp_host/quarantine
	for p in snp_vmm snp_host; do
		[ ! -e /sys/module/$p ] || rmmod $p || status=1
	done
	dmesg | grep -E "BUG:|WARNING:|KASAN|UBSAN|possible .* detected" && status=1
	[ $status = 0 ] || dmesg | tail -n 60
	return $status
}
'

guests_survive_faults() {
	host_guests 7.2 --smp 2 --timeout 300 "$@" -- \
		sh -c "$vmm_run"'run vmm_fault "vmm_dead timeout launch"'
}

# Firmware images as vmm_hotload.c has them.
firmware_images() { # DIRECTORY
	local name version svn flags
	mkdir -p "$1"
	while read -r name version svn flags; do
		"$build/tools/pki/softsnp-pki" "$pki" --firmware "$1/$name" --version "$version" \
			--svn "$svn" --image-flags "$flags" || return 1
	done <<-EOF
		good 1.58.2 28 0
		fails 1.58.2 28 2
		idle 1.58.2 28 1
		ruins 1.58.2 28 4
		committed 1.57.1 27 0
	EOF
}

# 2 GiB: one of them becomes private.  At the end the firmware dies under guests.
guests_live_and_end() {
	local fw=$build/check/firmware f
	local -a add=()
	firmware_images "$fw" || return 1
	for f in "$fw"/*; do add+=(--add "$f:/fw/$(basename "$f")"); done
	host_guests 7.2 --smp 2 --mem 2G --timeout 300 "${add[@]}" "$@" -- \
		sh -c "$vmm_run"'run vmm_guest vmm_memory vmm_hotload "vmm_dead dead end"'
}

# The kernel has enabled SNP at boot: its RMP is used as it is.
guests_on_an_adopted_platform() {
	"$vm/build-modules" 6.12 --dir tools/testing/modules >/dev/null &&
	host_guests 6.12 --timeout 300 "$@" -- \
		sh -c "$vmm_run"'run vmm_guest "vmm_dead timeout run" && dmesg | grep "SNPEn was set already"'
}

tests_hostguest() {
	tap guests_survive_faults guests_survive_faults
	tap faults_with_a_way_back faults_with_a_way_back
	tap guests_live_and_end guests_live_and_end
	tap guests_on_an_adopted_platform guests_on_an_adopted_platform
}
