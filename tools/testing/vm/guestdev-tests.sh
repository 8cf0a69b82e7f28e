# SPDX-License-Identifier: GPL-2.0-only
# snp_guest.ko: conversions, choice of the VMPCK, requests at random, loading by
# itself.  Sourced by check; helpers are those of guest-tests.sh.

selftests=$build/tools/selftests
convert_ko=$build/modules/7.2/tools/testing/modules/snp_convert.ko
insn_ko=$build/modules/7.2/tools/testing/modules/snp_insn.ko

# Prints one TAP line for each step of a script: "name status".
guestdev_steps='
	n=0
	step() { # step NAME COMMAND...
		name=$1; shift; n=$((n + 1))
		if "$@" >/tmp/out 2>&1; then echo "ok $n $name"; else
			sed "s/^/# /" /tmp/out; dmesg | tail -n 10 | sed "s/^/# /"; echo "not ok $n $name"
		fi
	}
	dev=/sys/bus/platform/devices/sev-guest
	converts() { # converts ARGUMENTS PATTERN...: every PATTERN is in what it prints
		dmesg -c >/dev/null
		insmod /snp_convert.ko $1 || return 1
		rmmod snp_convert
		shift
		dmesg
		for p; do dmesg | grep -q "$p" || { echo "missing: $p"; return 1; }; done
		[ "$(cat $dev/pages/lost)" = 0 ]
	}
	refused() { # refused VALUE TEXT: writing VALUE to vmpck fails with TEXT
		(echo "$1" >$dev/vmpck) 2>&1 | grep "$2"
	}
	is() { # is FILE TEXT
		grep -x "$2" $dev/$1
	}'

# One boot: the module loads by itself, and everything that an honest hypervisor allows.
module_does_what_an_honest_hypervisor_allows() {
	local k
	k=$(basename "$(echo "$build"/kernels/7.2/usr/lib/modules/*)")
	guest --smp 2 --mem 512M --timeout 300 --insmod aesni-intel \
		--add "$build/modules/7.2/snp_guest.ko:/lib/modules/$k/snp_guest.ko" \
		--add "$top/packaging/modprobe.d/snp-guest.conf:/etc/modprobe.d/snp-guest.conf" \
		--add "$convert_ko:/snp_convert.ko" --add "$insn_ko:/snp_insn.ko" \
		--add "$selftests/guest_fuzz:/bin/guest_fuzz" --add "$snpctl:/bin/snpctl" -- sh -c "$guestdev_steps"'
		loads_by_itself() {
			cd /lib/modules/$(uname -r) && touch sev-guest.ko
			# What depmod makes of both drivers.
			echo "alias platform:sev-guest sev_guest" >modules.alias
			strings snp_guest.ko | sed -n "s/^alias=/alias /p" | sed "s/$/ snp_guest/" >>modules.alias
			printf "snp_guest.ko:\nsev-guest.ko:\n" >modules.dep
			: >modules.symbols
			cat modules.alias
			modprobe "$(cat $dev/modalias)" && [ -c /dev/sev-guest ]
		}
		step loads_by_itself_next_to_the_in_tree_driver loads_by_itself
		accelerated() { cat /proc/crypto; [ "$(cat /sys/module/aesni_intel/refcnt)" -gt 0 ]; }
		step messages_use_the_accelerated_cipher accelerated
		insn() {
			dmesg -c >/dev/null
			insmod /snp_insn.ko || { dmesg; return 1; }
			dmesg | grep "snp_insn: 1\\.\\." && ! dmesg | grep "snp_insn: not ok"
		}
		step instructions_answer_their_codes insn
		step converts_2m_pages converts mib=32 \
			"unshare rc=0 exits=1 .* entries_2m=16 entries_4k=0 pvalidates_2m=16 pvalidates_4k=0 " "dirty_pages=0"
		step converts_4k_pages converts "mib=32 only_4k=1" \
			" share rc=0 exits=33 .* entries_2m=0 entries_4k=8192 pvalidates_2m=0 pvalidates_4k=8192 " "dirty_pages=0"
		step converts_unaligned_ranges converts "mib=8 skip=3" \
			" share rc=0 exits=5 .* entries_2m=2 entries_4k=1018" "dirty_pages=0"
		step only_its_own_pages_stay_shared is pages/shared 6
		choose() {
			echo 1 >$dev/vmpck && is vmpck 1 && is vmpcks "1 used" && is vmpcks "0 available" &&
			snpctl guest report --nonce 00 --vmpl 1 --out /tmp/r &&
			echo 0 >$dev/vmpck && is vmpcks "0 used" && snpctl guest report --nonce 00 --out /tmp/r
		}
		step another_vmpck_is_chosen_at_run_time choose
		wrong() {
			refused 4 "Invalid argument" && refused -1 "Invalid argument" &&
			refused x "Invalid argument" && is vmpck 0
		}
		step wrong_vmpck_is_refused wrong
		traced() {
			mount -t tracefs tracefs /sys/kernel/tracing
			cd /sys/kernel/tracing && echo 1 >events/snp_guest/enable || return 1
			snpctl guest report --nonce 00 --out /tmp/r || return 1
			echo 0 >events/snp_guest/enable
			cat trace
			grep -q "snp_guest_vmgexit: code=0x80000011 .* rc=0 " trace &&
			grep -q "snp_guest_message: vmpck=0 seqno=[0-9]*[13579] type=5 extended=0 rc=0 exitinfo2=0x0" trace &&
			grep -q "snp_guest_response: vmpck=0 seqno=[0-9]*[02468] size=[0-9]* rc=0" trace
		}
		step exits_and_messages_are_traced traced
		guest_fuzz 45 1 >/tmp/fuzz; sed -n "s/^#/#/p" /tmp/fuzz
		fuzz() { cat /tmp/fuzz; [ $(grep -c "^ok" /tmp/fuzz) = 4 ]; }
		step requests_at_random_cost_nothing fuzz
		echo "1..$n"'
}

# One boot with every access checked, and both directions under way on two CPUs.
conversions_have_no_violation() {
	guest --smp 2 --mem 512M --timeout 400 --insmod "$build/modules/7.2/snp_guest.ko" \
		--add "$convert_ko:/snp_convert.ko" --add "$selftests/guest_fuzz:/bin/guest_fuzz" -- sh -c '
		guest_fuzz 15 2 >/tmp/fuzz &
		insmod /snp_convert.ko mib=16 && rmmod snp_convert && insmod /snp_convert.ko mib=4 skip=1 only_4k=1 || exit 1
		wait
		cat /tmp/fuzz; dmesg | grep snp_convert
		[ $(grep -c "^ok" /tmp/fuzz) = 4 ] && [ $(dmesg | grep -c "dirty_pages=0") = 2 ]'
}

# A key that a bad answer has cost: the next one serves without reloading, until
# the hypervisor has spoilt that, too.
spoilt_key_is_replaced_at_run_time() {
	guest --fault msg-flip --insmod "$build/modules/7.2/snp_guest.ko" --add "$snpctl:/bin/snpctl" -- sh -c "$guestdev_steps"'
		spoilt() { snpctl guest report --nonce 00 --vmpl 3 --out /tmp/r && return 1; is state "retired: the response failed authentication"; }
		step bad_answer_retires_the_key spoilt
		step retired_key_is_not_chosen_again refused 0 "Required key not available"
		next() { echo 2 >$dev/vmpck && is state ready && is vmpcks "0 retired: the response failed authentication" && is vmpcks "2 used"; }
		step another_key_is_chosen_without_reloading next
		step that_key_is_used_and_spoilt spoilt
		reason() { cat $dev/vmpcks; [ $(grep -c "retired: the response failed" $dev/vmpcks) = 2 ] && is vmpcks "3 available"; }
		step each_key_keeps_its_reason reason
		echo "1..$n"'
}

tests_guestdev() {
	tap module_does_what_an_honest_hypervisor_allows module_does_what_an_honest_hypervisor_allows
	tap spoilt_key_is_replaced_at_run_time spoilt_key_is_replaced_at_run_time
	t conversions_have_no_violation conversions_have_no_violation
}
