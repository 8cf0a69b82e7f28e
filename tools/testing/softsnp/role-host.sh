# SPDX-License-Identifier: GPL-2.0-only
# Host role: the CPU model adds the SNP host instructions and registers, aspd
# is the AMD-SP on the PCI bus.  Sourced by softsnp.

# The BIOS's part: DRAM for the RMP, 16 bytes a page that it covers.  In the
# middle, since the kernel goes low and the initramfs high.
rmp_base=$((mib / 2 * 1048576))
rmp_size=$((rmp_covers * 4096 + 0x4000))
# A segmented one has its segments behind the table that names them, at multiples
# of 1 MiB.
[ $rmp_shift = 0 ] || rmp_size=$((rmp_covers * 4096 + 0x100000))
rmp_end=$((rmp_base + rmp_size - 1))
# Whole 2 MiB, so that no large mapping is half in and half out.
rmp_reserved=$(((rmp_size + 0x1fffff) / 0x200000 * 2))
cmdline="$cmdline memmap=${rmp_reserved}M\$$(printf 0x%x $rmp_base)"

case $profile in
milan)	cpu=EPYC-Milan,model=1,stepping=1; : "${api:=1.57.1}" ;;
genoa)	cpu=EPYC-Genoa,model=17,stepping=1; : "${api:=1.57.1}" ;;
turin)	cpu=EPYC-Turin,model=2,stepping=1; : "${api:=1.58.1}" ;;
esac

# Linux wants an IOMMU that supports SNP; QEMU's does not say so, a table from
# the initramfs does.
mkdir -p "$run/acpi/kernel/firmware/acpi"
"$build/tools/ivrs/softsnp-ivrs" "$run/acpi/kernel/firmware/acpi/ivrs.aml" || die "no IVRS table"
pack "$run/acpi" >"$run/initrd.acpi" && cat "$run/initrd" >>"$run/initrd.acpi" &&
	mv "$run/initrd.acpi" "$run/initrd" || die "cannot pack the initramfs"

# A file that CPU model and AMD-SP share, beside the VM's memory.
exec 8<>"$run/shared"
rm -f "$run/shared"
truncate -s 1M /proc/self/fd/8

[ -n "$control" ] || control=$run/control
aspd=("$build/tools/aspd/aspd" --socket "$run/asp.sock" --pki "$pki" --shared-fd 8 --product "$profile" --api "$api"
      --control "$control"
      --log "$run/aspd.log" --counters "$run/aspd.counters")
[ -z "$tcb" ] || aspd+=(--tcb "$tcb")
[ -z "$message_limit" ] || aspd+=(--message-limit "$message_limit")
[ -z "$no_alias_check" ] || aspd+=(--no-alias-check)
for f in ${faults[@]+"${faults[@]}"}; do
	aspd+=(--fault "$f")
done
setpriv --pdeathsig KILL "${aspd[@]}" >"$run/aspd.out" 2>&1 </dev/null &
aspd_pid=$!
for f in $(seq 100); do
	[ -S "$run/asp.sock" ] && break
	kill -0 $aspd_pid 2>/dev/null || aspd_refuses
	sleep 0.05
done

qemu+=(-M q35,memory-backend=ram -m "${mib}M" -cpu "$cpu,+svm,-hypervisor,phys-bits=51$slow"
       -object "memory-backend-file,id=ram,size=${mib}M,mem-path=/proc/self/fd/9,share=on"
       -device AMDVI-PCI,id=iommu,addr=0x1
       -device amd-iommu,pci-id=iommu,intremap=on,xtsup=on)
plugin=(role=host ram-fd=9 shared-fd=8 "profile=$profile" "rmp=$(printf '0x%x-0x%x' $rmp_base $rmp_end)" "check=$check"
	"rmp-covers=$(((rmp_covers + 1023) / 1024))" "log=$run/cpu.log" "counters=$run/cpu.counters"
	${counting[@]+"${counting[@]}"})
[ $rmp_shift = 0 ] || plugin+=("rmp-shift=$rmp_shift")
dev+=(-plugin "$(IFS=,; echo "$build/tools/cpu/softsnp-cpu.so,${plugin[*]}")"
      -device "{\"driver\":\"vfio-user-pci\",\"id\":\"psp\",\"bus\":\"pcie.0\",\"addr\":\"4\",\"x-msg-timeout\":60000,\"socket\":{\"type\":\"unix\",\"path\":\"$run/asp.sock\"}}")
