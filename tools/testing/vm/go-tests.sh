# SPDX-License-Identifier: GPL-2.0-only
# Go programs for attestation, Debian's and unmodified: the tool "attest" of
# golang-github-google-go-sev-guest-dev.  Its "check" cannot be built from that
# package, which lacks AMD's certificates that the program has built in; reports are
# verified by snpctl.  Sourced by stages.sh; helpers are those of guest-tests.sh.

# go_attest: builds it unless it is there; prints where.
go_attest() {
	local set work
	set=$(readlink -f "$("$vm/testroot" path go-sev-guest)")
	[ -x "$set/attest" ] && { echo "$set/attest"; return; }
	work=$(mktemp -d) || return 1
	env -i PATH=/usr/bin:/bin HOME="$work" GOROOT="$(echo "$set"/usr/lib/go-1.*)" \
		GOPATH="$set/usr/share/gocode" GO111MODULE=off GOTOOLCHAIN=local CGO_ENABLED=0 \
		GOCACHE="$work/cache" "$(echo "$set"/usr/lib/go-1.*)/bin/go" build \
		-o "$work/attest" github.com/google/go-sev-guest/tools/attest >&2 &&
		mv "$work/attest" "$set/attest"
	rm -rf "$work"
	[ -x "$set/attest" ] && echo "$set/attest"
}

# First with the device alone, then with configfs alone: the program prefers configfs.
go_boot() { # ATTEST DIR
	guest --certs 1 --insmod tsm_report --insmod "$build/modules/7.2/snp_guest.ko" \
		--add "$build/modules/7.2/snp_guest_tsm.ko:/snp_guest_tsm.ko" --add "$1:/bin/attest" \
		--get "/tmp/ioctl:$2/ioctl" --get "/tmp/tsm:$2/tsm" --get "/tmp/vmpl:$2/vmpl" \
		--timeout 240 -- sh -c '
		n=0
		step() { # step NAME COMMAND...
			name=$1; shift; n=$((n + 1))
			if "$@" >/tmp/out 2>&1; then echo "ok $n $name"; else
				sed "s/^/# /" /tmp/out; dmesg | tail -n 5 | sed "s/^/# /"; echo "not ok $n $name"
			fi
		}
		report() { attest -inform hex -in '"$nonce"' "$@"; }
		text() {
			report -outform textproto -out /tmp/text && cat /tmp/text &&
			grep -q "version: *[35] .*report_data:.* measurement:.* cpuid1eax_fms:" /tmp/text
		}
		step attests_over_the_device report -extended -out /tmp/ioctl
		step attests_at_another_vmpl report -vmpl 2 -out /tmp/vmpl
		step decodes_the_report text
		insmod /snp_guest_tsm.ko
		mount -t configfs configfs /sys/kernel/config
		rm /dev/sev-guest
		step attests_over_configfs report -extended -out /tmp/tsm
		echo "1..$n"'
}

# The report, and behind it the table: the host's three certificates.
go_is_verified() { # FILE
	head -c 1184 "$1" >"$1.report" && tail -c +1185 "$1" >"$1.table" &&
	contains '^certificates 3$' "$ext_report" split "$1.table" "$(dirname "$1")" &&
	cmp "$(dirname "$1")/vcek.der" "$pki/vcek.der" &&
	contains '^VERIFIED' verify "$1.report" --nonce "$nonce"
}

go_states_vmpl() { # FILE VMPL
	contains '^VERIFIED' verify "$1" --nonce "$nonce" &&
	[ "$(od -An -tu4 -j 48 -N 4 "$1" | tr -d ' ')" = "$2" ]
}

tests_go() {
	local attest d=$logs/go
	if ! "$vm/testroot" fetch go-sev-guest >"$logs/go-fetch.log" 2>&1; then
		report SKIP "go (Debian's packages could not be fetched)" 0 "$(tail -n 3 "$logs/go-fetch.log" | indent)"
		return
	fi
	if ! attest=$(go_attest 2>"$logs/go-build.log"); then
		t go-build sh -c 'cat "$0"; exit 1' "$logs/go-build.log"
		return
	fi
	rm -rf "$d" && mkdir -p "$d"
	tap go go_boot "$attest" "$d"
	t report_over_the_device_is_verified go_is_verified "$d/ioctl"
	rm -f "$d/vcek.der"
	t report_over_configfs_is_verified go_is_verified "$d/tsm"
	t report_states_the_vmpl_asked_for go_states_vmpl "$d/vmpl" 2
}
