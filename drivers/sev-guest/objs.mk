# SPDX-License-Identifier: GPL-2.0-only
snp_guest-y := drivers/sev-guest/main.o drivers/sev-guest/secrets.o drivers/sev-guest/msg.o \
	       drivers/sev-guest/channel.o drivers/sev-guest/sysfs.o \
	       drivers/sev-guest/trace.o \
	       drivers/sev-guest/report.o drivers/sev-guest/dev.o drivers/sev-guest/inkernel.o \
	       drivers/sev-guest/vc.o \
	       drivers/sev-guest/pages.o arch-x86/ghcb/ghcb.o arch-x86/pagestate/step.o \
	       arch-x86/pagestate/convert.o arch-x86/pagestate/pagestate.o \
	       arch-x86/pagestate/pool.o arch-x86/svsm/svsm.o drivers/sev-guest/attest.o \
	       drivers/sev-guest/vtpm.o
snp_guest_tsm-y := drivers/sev-guest/tsm.o
snp_guest_tpm-y := drivers/sev-guest/tpm.o
