# SPDX-License-Identifier: GPL-2.0-only
# Guest role: one QEMU whose CPU model is CPU, hypervisor and loader at once.
#
# The C-bit is an address bit to TCG: main RAM appears a second time, as a DIMM
# at the address that has only the C-bit set, so that both names of a page
# reach the same bytes.  Sourced by softsnp.
cbit=46
# Family, model and stepping of the part, where its reports and certificates name it.
case $profile in
milan)	signature=family=25,model=1,stepping=1 ;;
genoa)	signature=family=25,model=17,stepping=1 ;;
turin)	signature=family=26,model=2,stepping=1 ;;
esac
qemu+=(-M q35,memory-backend=m0 -cpu "max,phys-bits=52,-la57,-xsave,$signature"
       -m "${mib}M,slots=2,maxmem=256T"
       -object "memory-backend-file,id=m0,size=${mib}M,mem-path=/proc/self/fd/9,share=on"
       -object "memory-backend-file,id=m1,size=${mib}M,mem-path=/proc/self/fd/9,share=on"
       -device "pc-dimm,id=d1,memdev=m1,addr=$((1 << cbit))")
# Linux would otherwise add the second name of its memory as more memory.
cmdline="$cmdline acpi_no_memhotplug"
plugin=(role=guest ram-fd=9 "profile=$profile" cbit=$cbit "pki=$pki" "check=$check" "certs=$certs" "intercept-tsc=$intercept_tsc"
	"log=$run/cpu.log" "counters=$run/cpu.counters" ${counting[@]+"${counting[@]}"})
for f in ${faults[@]+"${faults[@]}"}; do
	plugin+=("fault=$f")
done
[ -z "$launch" ] || plugin+=("launch=$(readlink -f "$launch")")
dev+=(-plugin "$(IFS=,; echo "$build/tools/cpu/softsnp-cpu.so,${plugin[*]}")")
