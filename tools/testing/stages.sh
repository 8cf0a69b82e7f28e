# SPDX-License-Identifier: GPL-2.0-only
# What each stage of "check" runs.  Sourced by check.

kernels="7.2 6.12 6.1"
cache=${SNP_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/softsnp}

# What the tests in virtual machines put into them.
prepare() {
	local k
	make -s --no-print-directory -C "$top/tools/snpctl" all &&
	make -s --no-print-directory -C "$here/selftests" all &&
	for k in $kernels; do "$vm/build-modules" "$k" || return 1; done &&
	"$vm/build-modules" 7.2 --dir tools/testing/modules
}

stage_unit() {
	local d
	for d in softsnp/asp softsnp/control softsnp/pki softsnp/aspd softsnp/ivrs softsnp/cpu bench; do
		tap "unit-$(basename "$d")" make -s --no-print-directory -C "$here/$d" SAN=1 check
	done
	tap unit-fuzz make -s --no-print-directory -C "$here/fuzz" check
	tap unit-snpctl make -s --no-print-directory -C "$top/tools/snpctl" SAN=1 check
}

# A module build that says anything on the way has failed, and begins anew the
# next time: make is content with objects that it got with a warning.
quiet_build() { # quiet_build KERNEL MAKE-ARGUMENT...
	local out status=0
	out=$(SNP_BUILD_TAG=w1 "$vm/build-modules" "$@" 2>&1) || status=$?
	echo "$out"
	[ $status -eq 0 ] && echo "$out" | says_nothing || { rm -rf "$build/modules/$1-w1"; return 1; }
}

says_nothing() { ! grep -E 'warning:|error:|WARNING:'; }

stage_modules() {
	local k
	for k in $kernels; do
		t "modules-$k" quiet_build "$k" W=1
	done
}

# sparse has a tree of its own.  Debian's headers of 7.2 lack the script that
# C=2 asks first, and C=2 then checks nothing in silence: hence the variable that
# C=2 sets, and the look for a CHECK line.
# It looks at every file each time: what it had nothing to say about, sources and
# tools alike, is remembered by content.
run_sparse() { # run_sparse KERNEL
	local out kept
	kept=$cache/sparse/$({ declare -f run_sparse; readlink -f "$build/root" "$build/root-bookworm"; echo "$1"; cd "$top" &&
		git ls-files -co --exclude-standard arch-x86 drivers include Kbuild tools/testing/vm/build-modules | xargs sha256sum; } |
		sha256sum | cut -c 1-64)
	[ ! -e "$kept" ] || { echo "nothing has changed since it passed"; return 0; }
	out=$(SNP_BUILD_TAG=sparse "$vm/build-modules" "$1" KBUILD_CHECKSRC=2 CHECK=/usr/bin/sparse 2>&1) ||
		{ echo "$out"; return 1; }
	echo "$out"
	echo "$out" | grep -q '^ *CHECK ' || { echo "sparse did not run"; return 1; }
	echo "$out" | says_nothing && mkdir -p "$cache/sparse" && touch "$kept"
}

# checkpatch FILES-FROM-STDIN IGNORED-TYPES; two at a time, it is slow: what it
# had nothing to say about is remembered by content.
checkpatch() {
	local src=$build/source-6.12 kept=$cache/checkpatch
	local file salt new
	mkdir -p "$kept" || return 1
	salt=$({ sha256sum <"$src/scripts/checkpatch.pl"; declare -f checkpatch; echo "$1"; } | sha256sum)
	new=$(mktemp) || return 1
	while read -r file; do
		set -- "$1" "$({ echo "$salt $file"; cat "$file"; } | sha256sum | cut -c 1-64)"
		[ -e "$kept/$2" ] || echo "$file $kept/$2"
	done >"$new"
	cut -d ' ' -f 1 "$new" | xargs -r -P 2 -n 12 perl "$src/scripts/checkpatch.pl" --root="$src" \
		--strict --terse --quiet --no-tree --no-summary --show-types --max-line-length=100 \
		--ignore "$1" -f && cut -d ' ' -f 2 "$new" | xargs -r touch
	set -- $?
	echo "$(wc -l <"$new") files looked at"
	rm -f "$new"
	return "$1"
}

checkpatch_kernel() {
	cd "$top" && git ls-files 'arch-x86/*.[chS]' 'drivers/*.[chS]' 'include/compat/*.h' \
		'tools/testing/kunit/*.[ch]' 'tools/testing/modules/*.[ch]' \
		'tools/testing/bench/modules/*.[ch]' | grep -v 'trace\.h$' |
		checkpatch "$(ignored)" &&
	# Trace headers have the form that the kernel gives them.
	git ls-files '*trace.h' |
		checkpatch "$(ignored),OPEN_ENDED_LINE,PARENTHESIS_ALIGNMENT,SPACING" &&
	# Headers that both worlds include have no __packed.
	git ls-files 'include/snp/*.h' | checkpatch "$(ignored),PREFER_DEFINED_ATTRIBUTE_MACRO"
}

# User space has no __packed, ARRAY_SIZE(), BIT_ULL() or kstrtoul(), and OpenSSL
# and QEMU have their own ideas of names and types.  Unit tests are tables in
# the harness's macros, which checkpatch takes for broken statements.
checkpatch_user() {
	cd "$top" && git ls-files 'tools/snpctl/*.[ch]' 'tools/testing/softsnp/*.[ch]' 'tools/testing/selftests/*.[ch]' \
		'tools/testing/bench/*.[ch]' ':!tools/testing/bench/modules' |
		grep -vE '/tests?/|/test[^/]*$' |
		checkpatch "$(ignored),PREFER_DEFINED_ATTRIBUTE_MACRO,ARRAY_SIZE,CAMELCASE,VOLATILE,PREFER_KERNEL_TYPES,CONST_STRUCT,SSCANF_TO_KSTRTO,MINMAX,BIT_MACRO,AVOID_EXTERNS,NEW_TYPEDEFS,USE_NEGATIVE_ERRNO,ENOSYS,LINE_SPACING,LONG_LINE_STRING"
}

# What checkpatch cannot know about a tree that is not Linux itself.
ignored() {
	echo FILE_PATH_CHANGES,EMAIL_SUBJECT,SPDX_LICENSE_TAG,CAMELCASE
}

run_kernel_doc() {
	(cd "$top" && perl "$build/source-6.12/scripts/kernel-doc" -none -Wall \
		$(git ls-files 'drivers/*.[ch]' 'arch-x86/*.[ch]' 'include/snp/*.h') 2>&1) | tee "$logs/kernel-doc.out"
	! grep -qE 'warning|error' "$logs/kernel-doc.out"
}

# Words that say that something is unfinished do not belong in a tree.
run_unfinished() {
	! (cd "$top" && git grep -nwE 'TODO|FIXME|XXX|HACK' -- ':!tools/testing/stages.sh' ':!COPYING')
}

stage_static() {
	local k
	for k in $kernels; do
		t "sparse-$k" run_sparse "$k"
	done
	t checkpatch-kernel checkpatch_kernel
	t checkpatch-user checkpatch_user
	t kernel-doc run_kernel_doc
	t nothing-unfinished run_unfinished
}

stage_kunit() {
	tap kunit "$here/kunit/run"
}

. "$here/vm/launcher-tests.sh"
. "$here/vm/guest-tests.sh"
. "$here/vm/vc-tests.sh"
. "$here/vm/host-tests.sh"
. "$here/vm/hostdev-tests.sh"
. "$here/vm/platform-tests.sh"
. "$here/vm/hostguest-tests.sh"
. "$here/vm/hostgates-tests.sh"
. "$here/vm/guestdev-tests.sh"
. "$here/vm/svsm-tests.sh"
. "$here/vm/hostile-tests.sh"
. "$here/vm/go-tests.sh"

stage_go() {
	tests_go
}
. "$here/vm/fault-tests.sh"
. "$here/vm/kexec-tests.sh"
. "$here/vm/debug-tests.sh"
