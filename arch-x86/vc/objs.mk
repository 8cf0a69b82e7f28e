# SPDX-License-Identifier: GPL-2.0-only
vc-objs := decode.o cpuid.o emulate.o ioio.o mmio.o walk.o handle.o

snp_guest-y += $(addprefix arch-x86/vc/,$(vc-objs) entry.o takeover.o)

# This code runs wherever a #VC hits: no tracing, no sanitizer, no canary in
# per-CPU data.  See handle.c.
define vc-bare
CFLAGS_arch-x86/vc/$(1) := -fno-stack-protector
CFLAGS_REMOVE_arch-x86/vc/$(1) := $$(CC_FLAGS_FTRACE)
KASAN_SANITIZE_arch-x86/vc/$(1) := n
UBSAN_SANITIZE_arch-x86/vc/$(1) := n
KCSAN_SANITIZE_arch-x86/vc/$(1) := n
KCOV_INSTRUMENT_arch-x86/vc/$(1) := n
endef
$(foreach o,$(vc-objs),$(eval $(call vc-bare,$(o))))
