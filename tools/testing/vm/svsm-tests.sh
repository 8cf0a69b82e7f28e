# SPDX-License-Identifier: GPL-2.0-only
# A guest under an SVSM: the kernel's own drivers as referee, then ours.
# Sourced by check; helpers are those of guest-tests.sh and guestdev-tests.sh.

svsm_vtpm_guid=c476f1eb-0123-45a5-9641-b4e7dde5bfe3

# In the VM: reports through configfs, ours and the kernel's drivers alike.
svsm_steps='
	has() { # has TEXT: in the log of the kernel
		dmesg | grep -- "$1"
	}
	vmpl_of() { # vmpl_of REPORT VMPL
		[ "$(od -An -tu4 -j 48 -N 4 "$1" | tr -d " ")" = "$2" ]
	}
	configfs() {
		mount -t configfs configfs /sys/kernel/config && mkdir /sys/kernel/config/tsm/report/a &&
		cat /nonce >$tsm/inblob
	}
	tsm=/sys/kernel/config/tsm/report/a
	own_report() { # own_report VMPL: what the kernel gets with its own key
		[ "$(cat $tsm/privlevel_floor)" = "$1" ] && echo "$1" >$tsm/privlevel &&
		cat $tsm/outblob >/tmp/own && vmpl_of /tmp/own "$1" &&
		[ "$(wc -c <$tsm/manifestblob)" = 0 ]
	}
	below_the_floor() {
		(echo $(($1 - 1)) >$tsm/privlevel) 2>&1 | grep "Invalid argument"
	}
	all_services() {
		echo svsm >$tsm/service_provider && cat $tsm/outblob >/tmp/all && vmpl_of /tmp/all 0 &&
		cat $tsm/manifestblob >/tmp/all-manifest && cat $tsm/auxblob >/tmp/all-table &&
		[ -s /tmp/all-manifest ] && [ -s /tmp/all-table ]
	}
	one_service() {
		echo '$svsm_vtpm_guid' >$tsm/service_guid && cat $tsm/outblob >/tmp/one &&
		cat $tsm/manifestblob >/tmp/one-manifest && vmpl_of /tmp/one 0 || return 1
		# Its manifest is the last part of that of all services.
		tail -c $(wc -c </tmp/one-manifest) /tmp/all-manifest | cmp - /tmp/one-manifest
	}
	no_such_service() {
		echo 00000000-0123-45a5-9641-b4e7dde5bfe3 >$tsm/service_guid
		cat $tsm/outblob && return 1
		echo '$svsm_vtpm_guid' >$tsm/service_guid && echo 1 >$tsm/service_manifest_version || return 1
		cat $tsm/outblob && return 1
		echo 0 >$tsm/service_manifest_version && echo other >$tsm/service_provider || return 1
		cat $tsm/outblob && return 1
		echo svsm >$tsm/service_provider && cat $tsm/outblob >/tmp/again && [ -s /tmp/again ]
	}'

svsm_run() { # svsm_run DIR [OPTION]... -- COMMAND
	local d=$1
	shift
	rm -rf "$d" && mkdir -p "$d"
	printf '%s' "$nonce" | sed 's/../\\x&/g' | xargs -0 printf >"$d/nonce"
	guest --svsm 1 --vtpm 1 --certs 1 --smp 2 --timeout 300 --insmod tsm_report \
		--add "$snpctl:/bin/snpctl" --add "$d/nonce:/nonce" --get "/tmp/own:$d/own" \
		--get "/tmp/all:$d/all" --get "/tmp/all-manifest:$d/all-manifest" --get "/tmp/all-table:$d/all-table" \
		--get "/tmp/one:$d/one" --get "/tmp/one-manifest:$d/one-manifest" "$@"
}

# What a verifier does: REPORT_DATA is the SHA-512 of nonce and manifest.
svsm_verified() { # svsm_verified DIR
	local d=$1 r
	contains '^VERIFIED' verify "$d/own" --nonce "$nonce" || return 1
	for r in all one; do
		contains '^VERIFIED' verify "$d/$r" \
			--nonce "$(cat "$d/nonce" "$d/$r-manifest" | sha512sum | cut -d' ' -f1)" || return 1
		# Another manifest is not what was signed.
		expect 1 verify "$d/$r" \
			--nonce "$(cat "$d/nonce" "$d/own" | sha512sum | cut -d' ' -f1)" || return 1
	done
	contains '^certificates 3$' "$ext_report" split "$d/all-table" "$d" && cmp "$d/vcek.der" "$pki/vcek.der"
}

# The unmodified kernel and its own drivers, at VMPL2.
svsm_referee() {
	local d=$logs/svsm-referee
	svsm_run "$d" --insmod sev-guest -- sh -c "$guestdev_steps$svsm_steps"'
		step kernel_knows_its_vmpl has "SNP running at VMPL2"
		cpus() { [ $(nproc) -eq 2 ] && [ $(cat /sys/devices/system/cpu/sev/vmpl) = 2 ]; }
		step second_cpu_runs cpus
		again() {
			echo 0 >/sys/devices/system/cpu/cpu1/online && [ $(nproc) = 1 ] &&
			echo 1 >/sys/devices/system/cpu/cpu1/online && [ $(nproc) = 2 ]
		}
		step second_cpu_goes_and_comes again
		step key_is_that_of_the_vmpl has "using VMPCK2"
		step tpm_is_announced test -e /sys/bus/platform/devices/tpm-svsm
		step configfs_has_a_provider configfs
		step kernel_gets_its_own_report own_report 2
		step nothing_below_the_floor below_the_floor 2
		step all_services_are_attested all_services
		step one_service_is_attested one_service
		step what_does_not_exist_is_refused no_such_service
		echo "1..$n"' &&
	svsm_verified "$d"
}

# Our drivers, at VMPL3, the last one; then a hypervisor that does not run the SVSM.
svsm_drivers() {
	local d=$logs/svsm-drivers
	svsm_run "$d" --vmpl 3 --insmod "$build/modules/7.2/snp_guest.ko" \
		--insmod "$build/modules/7.2/snp_guest_tsm.ko" --add "$convert_ko:/snp_convert.ko" \
		--add "$build/modules/7.2/snp_guest.ko:/snp_guest.ko" \
		--add "$build/modules/7.2/snp_guest_tpm.ko:/snp_guest_tpm.ko" \
		-- sh -c "$guestdev_steps$svsm_steps"'
		step driver_knows_its_vmpl has "snp_guest: ready at VMPL3, VMPCK3"
		keys() { is vmpcks "0 empty" && is vmpcks "2 empty" && is vmpcks "3 used" && refused 2 "Required key not available"; }
		step keys_of_other_vmpls_are_withheld keys
		step converts_2m_pages converts mib=32 \
			"unshare rc=0 exits=1 .* entries_2m=16 entries_4k=0 pvalidates_2m=16 pvalidates_4k=0 " "dirty_pages=0"
		step converts_4k_pages converts "mib=8 only_4k=1" \
			" share rc=0 exits=9 .* entries_2m=0 entries_4k=2048 pvalidates_2m=0 pvalidates_4k=2048 " "dirty_pages=0"
		tpm() { # tpm DEVICE COMMAND-IN-PRINTF-FORM PATTERN: the response in hexadecimal
			exec 5<>/dev/$1 && printf "$2" >&5 && out=$(dd bs=4096 count=1 <&5 2>/dev/null | od -An -v -tx1 | tr -d " \n")
			exec 5<&-
			echo "$out"
			echo "$out" | grep -E "^$3$"
		}
		tpm_device() { insmod /snp_guest_tpm.ko && [ -c /dev/tpm0 ] && [ -c /dev/tpmrm0 ]; }
		step tpm_becomes_a_device tpm_device
		step tpm_gives_random_numbers tpm tpmrm0 "\200\001\0\0\0\014\0\0\001\173\0\020" "80010000001c000000000010.{32}"
		step tpm_names_what_it_does_not_know tpm tpm0 "\200\001\0\0\0\012\0\0\377\377" "80010000000a00000143"
		# The key that is attested is there by now: this comes too late for it.
		step tpm_obeys_the_guest tpm tpm0 "\200\002\0\0\0\041\0\0\001\051\100\0\0\013\0\0\0\011\100\0\0\011\0\0\0\0\0\0\004abcd" "80020000001300000000000000000000010000"
		step tpm_keeps_its_seed tpm tpm0 "\200\002\0\0\0\033\0\0\001\044\100\0\0\014\0\0\0\011\100\0\0\011\0\0\0\0\0" "80010000000a000009a2"
		step configfs_has_a_provider configfs
		step driver_gets_its_own_report own_report 3
		step nothing_below_the_floor below_the_floor 3
		step all_services_are_attested all_services
		step one_service_is_attested one_service
		step what_does_not_exist_is_refused no_such_service
		tpm_leaves() { rmmod snp_guest_tpm && [ ! -e /dev/tpm0 ]; }
		step tpm_leaves tpm_leaves
		control() { # control LINE: to the platform
			printf "%s\n" "$1" | fold -w 1 | while IFS= read -r c; do
				printf "%s" "$c" | dd of=/dev/port bs=1 count=1 seek=24144 2>/dev/null
			done
			printf "\n" | dd of=/dev/port bs=1 count=1 seek=24144 2>/dev/null
		}
		not_run() {
			control "arm svsm-skip@svsm-attest" && echo 00000000-0000-0000-0000-000000000000 >$tsm/service_guid || return 1
			cat $tsm/outblob 2>&1 | grep -E "(Input/output|I/O) error" || return 1
			control disarm && dmesg | grep "does not run the SVSM" && cat $tsm/outblob >/tmp/again && [ -s /tmp/again ]
		}
		step svsm_that_is_not_run_is_an_error not_run
		# Each answer is traced: RAX 0x80000007 is BUSY.
		busy() {
			mount -t tracefs tracefs /sys/kernel/tracing
			echo 1 >/sys/kernel/tracing/events/snp_guest/snp_guest_svsm/enable || return 1
			control "arm svsm-busy@svsm-attest:1:3" && cat /nonce >$tsm/inblob && cat $tsm/outblob >/tmp/again || return 1
			control disarm && [ -s /tmp/again ] && grep snp_guest_svsm: /sys/kernel/tracing/trace
			echo 0 >/sys/kernel/tracing/events/snp_guest/snp_guest_svsm/enable
			[ "$(grep -c "snp_guest_svsm:.*0x80000007" /sys/kernel/tracing/trace)" = 3 ]
		}
		step busy_svsm_is_asked_again busy
		lost() {
			dmesg -c >/dev/null
			control "arm svsm-skip@svsm-pvalidate"
			insmod /snp_convert.ko mib=2 only_4k=1 && rmmod snp_convert
			control disarm
			dmesg; dmesg | grep " share rc=-5 .* lost_pages=1\$" && is pages/shared 6
		}
		step pages_that_it_did_not_rescind_are_lost lost
		leaves() { rmdir $tsm && rmmod snp_guest_tsm && rmmod snp_guest && insmod /snp_guest.ko && is vmpck 3; }
		step driver_leaves_and_comes_again leaves
		withheld() { rmmod snp_guest && ! insmod /snp_guest.ko vmpck_id=0 && has "VMPCK0 is empty"; }
		step key_that_is_withheld_cannot_be_chosen withheld
		echo "1..$n"' &&
	svsm_verified "$d"
}

svsm_ko=$build/modules/7.2/tools/testing/modules/snp_svsm.ko
svsm_break_ko=$build/modules/7.2/tools/testing/modules/snp_svsm_break.ko
tsc_ko=$build/modules/7.2/tools/testing/modules/snp_tsc.ko

# Secure TSC, on top of an SVSM: the kernel asks the firmware with the key of its
# VMPL, and its clock counts as fast as it says.  What an SVSM refuses.  With the
# access checker on: no driver and no SVSM touches what it may not.
svsm_secure_tsc() {
	# A Genoa, because its TSC_FACTOR is not 0; verify() takes its certificates.
	local d=$logs/svsm-tsc m pki=$build/softsnp/pki-genoa
	rm -rf "$d" && mkdir -p "$d"
	guest --profile genoa --launch-dir "$d/launch" --get "/tmp/r:$d/r" --svsm 1 --vmpl 1 --vtpm 1 --secure-tsc 1 --smp 2 --timeout 300 \
		--insmod "$build/modules/7.2/snp_guest.ko" --add "$svsm_ko:/snp_svsm.ko" --add "$tsc_ko:/snp_tsc.ko" \
		--add "$insn_ko:/snp_insn.ko" --add "$snpctl:/bin/snpctl" -- sh -c "$guestdev_steps$svsm_steps"'
		step kernel_has_secure_tsc has "Status: .*SecureTSC"
		step kernel_runs_at_vmpl1 has "SNP running at VMPL1"
		clock() { [ $(nproc) = 2 ] && [ $(cat /sys/devices/system/clocksource/clocksource0/current_clocksource) = tsc ]; }
		step both_cpus_run_by_the_tsc clock
		frequency() { insmod /snp_tsc.ko factor=200 && rmmod snp_tsc && dmesg | grep "snp_tsc: nominal"; }
		step tsc_counts_as_fast_as_the_firmware_says frequency
		# The kernel has used the first two numbers.
		step tsc_info_came_by_message has "VMPCK1, sequence counter 2"
		insn() {
			insmod /snp_insn.ko || { dmesg; return 1; }
			dmesg | grep "snp_insn: 1\\.\\.12" && ! dmesg | grep "snp_insn: not ok"
		}
		step instructions_answer_as_below_vmpl0 insn
		refusals() {
			# The SVSM is the page before the initrd.
			initrd=$(dmesg | sed -n "s/.*RAMDISK: \[mem \(0x[0-9a-f]*\)-.*/\1/p")
			insmod /snp_svsm.ko vmpl=1 svsm=$((initrd - 4096)) && rmmod snp_svsm || { dmesg; return 1; }
			dmesg | grep "snp_svsm: 1\\.\\." && ! dmesg | grep "snp_svsm: not ok"
		}
		step svsm_refuses_what_it_must refusals
		step reports_go_on snpctl guest report --nonce 00 --vmpl 1 --out /tmp/r
		echo "1..$n"' || return 1
	# SVSM and Secure TSC are in the measurement, and it is computed from the files.
	m=$("$snpctl" measure --launch "$d/launch" --svsm --secure-tsc -q) &&
	contains '^VERIFIED' verify "$d/r" --nonce 00 --measurement "$m" &&
	expect 1 verify "$d/r" --nonce 00 \
		--measurement "$("$snpctl" measure --kernel "$d/launch/kernel" --initrd "$d/launch/initrd" \
			--cmdline-file "$d/launch/cmdline" --mem 512M --svsm -q)"
}

# svsm_breaks "RULE..." [OPTION]... - a guest breaks these rules for VMSAs, the last of
# which ends the machine; prints what it said and the platform's log.
svsm_breaks() {
	local rules=$1 status=0 log=$logs/svsm-breaks.platform
	shift
	rm -f "$log"
	guest --svsm 1 --vmpl 1 "$@" --timeout 240 --log "$log" --add "$svsm_break_ko:/b.ko" -- \
		sh -c "for r in $rules; do insmod /b.ko vmpl=1 rule=\$r; rmmod snp_svsm_break; done; echo still there" 2>&1 ||
		status=$?
	cat "$log"
	echo "status $status"
}

vmsa_of_the_guest_is_checked() {
	local out
	out=$(svsm_breaks "store scale" --smp 2 --secure-tsc 1)
	echo "$out"
	echo "$out" | grep -E 'RMP violation: vCPU 0 at .*store of 8, C=1.*page private, not this VMPL' >/dev/null &&
	echo "$out" | grep 'VMSA of vCPU 1: TSC scale 0x180000000, offset 0 are not the firmware' >/dev/null &&
	echo "$out" | grep '^status 123$' >/dev/null && ! echo "$out" | grep '^still there'
}

vmsa_runs_on_one_vcpu() {
	local out
	out=$(svsm_breaks twice --smp 3)
	echo "$out"
	echo "$out" | grep -E 'guest: SVSM: VMSA 0x[0-9a-f]+ was made for APIC ID 1: vCPU 2 has no calling area' >/dev/null &&
	echo "$out" | grep -E 'vCPU 2 cannot run: VMSA 0x[0-9a-f]+ is busy, vCPU 1 runs from it' >/dev/null &&
	echo "$out" | grep '^status 125$' >/dev/null && ! echo "$out" | grep -E 'RMP violation|^still there'
}

# What makes no sense is refused, with a reason.
svsm_options() {
	local o
	for o in "--vmpl 2" "--svsm 0 --vtpm 1" "--svsm 1 --vmpl 0" "--svsm 1 --vmpl 4" "--svsm 2" \
		 "--secure-tsc 1 --intercept-tsc 1" "--secure-tsc x" "--debug-swap 2"; do
		# shellcheck disable=SC2086
		expect 2 guest $o -- true || return 1
	done
	expect 2 "$softsnp" run --role host --svsm 1 -- true &&
	expect 2 "$softsnp" run --role none --secure-tsc 1 -- true &&
	expect 2 "$softsnp" run --role host --debug-swap 1 -- true
}

tests_svsm() {
	t svsm-options svsm_options
	tap svsm-referee svsm_referee
	tap svsm-drivers svsm_drivers
	tap svsm-secure-tsc svsm_secure_tsc
	t svsm-vmsa-is-checked vmsa_of_the_guest_is_checked
	t svsm-vmsa-runs-on-one-vcpu vmsa_runs_on_one_vcpu
}
