# SPDX-License-Identifier: GPL-2.0-only
# The next kernel: kexec and crash kernel, of a stock kernel into itself.  Sourced by
# stages.sh.

# In the VM: an initramfs for the next kernel, which is this one with another
# command.  The table that the platform gives to the kernel comes first.
next_initrd='
	next_initrd() { # COMMAND
		echo "$1" >/softsnp/command
		: >/softsnp/modules
		{ [ ! -d /kernel ] || find kernel | cpio -o -H newc 2>/dev/null
		  { printf "%s\n" proc sys dev tmp
		    for d in bin init softsnp snp_host.ko snp_guest.ko lib lib64 usr; do
			[ ! -e $d ] || find $d
		    done
		  } | cpio -o -H newc 2>/dev/null
		} >/tmp/initrd
	}
	cd /
'

kexec_vm() { # ROLE [OPTION]... -- SCRIPT
	local -a before=()
	local image
	image=$(ls "$(readlink -f "$build/kernels/7.2")"/usr/lib/modules/*/vmlinuz \
		"$(readlink -f "$build/kernels/7.2")"/boot/vmlinuz-* 2>/dev/null | head -n 1)
	while [ "$1" != -- ]; do before+=("$1"); shift; done
	"$softsnp" run --timeout 300 --role "${before[@]}" --add "$image:/vmlinuz" \
		--add "$build/tools/selftests/kexec_file:/bin/kexec_file" --add "$snpctl:/bin/snpctl" \
		-- sh -c "$next_initrd$2"
}

# A guest ends and SNP goes down on the way out; it comes up again in the next kernel.
snp_comes_up_in_the_next_kernel() {
	local log=$build/check/kexec.platform
	contains 'next kernel: up' kexec_vm host --smp 2 --mem 1G --log "$log" \
		--add "$build/modules/7.2/snp_host.ko:/snp_host.ko" --add "$vmm/vmm_hold:/bin/vmm_hold" \
		--add "$build/modules/7.2/tools/testing/modules/snp_vmm.ko:/snp_vmm.ko" -- '
		insmod /snp_host.ko && snpctl host status && insmod /snp_vmm.ko || exit 1
		vmm_hold >/tmp/guest &
		until grep lives /tmp/guest; do kill -0 $! || exit 1; sleep 0.1; done
		next_initrd "insmod /snp_host.ko; dmesg | grep snp_host
			snpctl host status && echo next kernel: \$(cat /sys/bus/pci/drivers/snp_host/0*/snp/state)"
		kexec_file now /vmlinuz /tmp/initrd "$(cat /proc/cmdline)"' &&
	[ "$(grep -c 'SNP_INIT_EX .*SUCCESS' "$log")" = 2 ] &&
	grep 'SNP_DECOMMISSION .*SUCCESS' "$log" && grep 'SNP_SHUTDOWN_EX .*SUCCESS' "$log"
}

# One guest, launched once, two kernels: sequence numbers go on where they were, and
# pages that were shared are private again.  Linux finds the place of secrets and
# CPUID table through EFI or setup data, and kexec hands on neither; setup data
# that the image itself names are kept.
messages_go_on_in_the_next_kernel() {
	local d=$build/check/kexec r=$build/check/kexec.report m
	rm -rf "$d" "$r"
	contains 'snp_guest: ready at VMPL0, VMPCK0, sequence counter 4$' kexec_vm guest --smp 2 \
		--debug-swap 1 --launch-dir "$d" --get "/tmp/r:$r" --add "$build/modules/7.2/snp_guest.ko:/snp_guest.ko" -- '
		insmod /snp_guest.ko vc=takeover || exit 1
		for i in 1 2; do snpctl guest report --nonce 00 --out /tmp/r || exit 1; done
		# boot_params.hdr.setup_data: at 0x250 in both.
		dd if=/sys/kernel/boot_params/data of=/vmlinuz bs=8 skip=74 seek=74 count=1 conv=notrunc || exit 1
		rm /tmp/r
		next_initrd "insmod /snp_guest.ko || exit 1; dmesg | grep -o snp_guest:.ready.*
			snpctl guest report --nonce '"$nonce"' --out /tmp/r"
		kexec_file now /vmlinuz /tmp/initrd "$(cat /proc/cmdline)"' &&
	m=$("$snpctl" measure --launch "$d" --debug-swap -q) &&
	contains '^VERIFIED' verify "$r" --nonce "$nonce" --measurement "$m"
}

# A panic takes SNP down, and the crash kernel boots; it does not bring SNP up.  It speaks
# through the console: with the old kernel's IOMMU no interrupt of a serial port
# reaches it.  The status is that of a machine that crashed.
crash_kernel_boots_after_a_panic() {
	local con=$build/check/kdump.console log=$build/check/kdump.platform
	rm -f "$con" "$log"
	kexec_vm host --smp 2 --mem 2G --append crashkernel=384M --console "$con" --log "$log" \
		--add "$build/modules/7.2/snp_host.ko:/snp_host.ko" -- '
		insmod /snp_host.ko && snpctl host status || exit 1
		next_initrd "insmod /snp_host.ko; [ -s /proc/vmcore ] &&
			echo \"<0>crash kernel: \$(cat /sys/bus/pci/drivers/snp_host/0*/snp/state)\" >/dev/kmsg"
		kexec_file panic /vmlinuz /tmp/initrd "$(cat /proc/cmdline) nr_cpus=1 reset_devices" || exit 1
		echo c >/proc/sysrq-trigger'
	grep -a 'panic: SNP shut down, .*, 0 stay' "$con" && grep -a 'crash kernel: down' "$con" &&
	grep 'SNP_SHUTDOWN_EX .*SUCCESS' "$log"
}
