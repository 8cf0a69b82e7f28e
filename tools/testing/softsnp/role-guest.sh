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
qemu+=(-M q35,memory-backend=m0 -cpu "max,phys-bits=52,-la57,-xsave$slow,$signature"
       -m "${mib}M,slots=2,maxmem=256T"
       -object "memory-backend-file,id=m0,size=${mib}M,mem-path=/proc/self/fd/9,share=on"
       -object "memory-backend-file,id=m1,size=${mib}M,mem-path=/proc/self/fd/9,share=on"
       -device "pc-dimm,id=d1,memdev=m1,addr=$((1 << cbit))")
# Linux would otherwise add the second name of its memory as more memory.
cmdline="$cmdline acpi_no_memhotplug"
# Linux looks for buses that ACPI does not name, by 16,384 port accesses, each a #VC.
cmdline="$cmdline pci=lastbus=0"
plugin=(role=guest ram-fd=9 "profile=$profile" cbit=$cbit "pki=$pki" "check=$check" "certs=$certs" "intercept-tsc=$intercept_tsc"
	"vmpl=$vmpl" "debug-swap=$debug_swap" "secure-tsc=$secure_tsc" "mmio-vc=$mmio_vc"
	"log=$run/cpu.log" "counters=$run/cpu.counters" ${counting[@]+"${counting[@]}"})
for f in ${faults[@]+"${faults[@]}"}; do
	plugin+=("fault=$f")
done
[ -z "$launch" ] || plugin+=("launch=$(readlink -f "$launch")")

# The SVSM's TPM: a fresh one, which ends with its only connection.
if [ "${vtpm:-0}" = 1 ]; then
	"$vm/testroot" fetch root swtpm || die "no swtpm"
	lib=$(readlink -f "$("$vm/testroot" path root)")/usr/lib/x86_64-linux-gnu
	tpmroot=$(readlink -f "$("$vm/testroot" path swtpm)")/usr
	mkdir "$run/tpm"
	setpriv --pdeathsig KILL "$lib/ld-linux-x86-64.so.2" \
		--library-path "$tpmroot/lib/x86_64-linux-gnu:$tpmroot/lib/x86_64-linux-gnu/swtpm:$lib" \
		"$tpmroot/bin/swtpm" socket --tpm2 --terminate --tpmstate "dir=$run/tpm" \
		--server "type=unixio,path=$run/tpm.sock" --flags not-need-init,startup-clear \
		>"$run/swtpm.out" 2>&1 </dev/null 9>&- &
	tpm_pid=$!
	for ((n = 0; n < 50; n++)); do
		[ ! -S "$run/tpm.sock" ] || break
		sleep 0.1
	done
	[ -S "$run/tpm.sock" ] || { cat "$run/swtpm.out" >&2; die "the TPM does not start"; }
	plugin+=("vtpm=$run/tpm.sock")
fi
dev+=(-plugin "$(IFS=,; echo "$build/tools/cpu/softsnp-cpu.so,${plugin[*]}")")
