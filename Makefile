# SPDX-License-Identifier: GPL-2.0-only
# AMD SEV-SNP suite.  "make help" lists the targets.

# Kbuild reads this file too when the kernel is older than "Kbuild first".
ifeq ($(KERNELRELEASE),)

TOP	:= $(CURDIR)
KDIR	?= /lib/modules/$(shell uname -r)/build
TESTING	:= tools/testing
export SNP_BUILD ?= $(TOP)/build

all: modules

modules:
	@test -e $(KDIR)/Makefile || { \
		echo "No kernel build tree at $(KDIR): install the linux-headers package"; \
		echo "of the running kernel, or give KDIR=/path/to/kernel/build"; exit 1; }
	$(MAKE) -C $(KDIR) M=$(TOP) modules

modules_install: modules
	$(MAKE) -C $(KDIR) M=$(TOP) modules_install

snpctl:
	@$(MAKE) -s --no-print-directory -C tools/snpctl all
	@echo $(SNP_BUILD)/tools/snpctl/snpctl

setup:
	@$(TESTING)/vm/setup

softsnp: setup
	@$(TESTING)/softsnp/softsnp build

demo:
	@$(TESTING)/demo

check:
	@$(TESTING)/check

bench:
	@$(TESTING)/bench/run

check-%:
	@$(TESTING)/check $*

fuzz:
	@$(MAKE) --no-print-directory -C $(TESTING)/fuzz fuzz

clean:
	@if [ -e $(KDIR)/Makefile ]; then $(MAKE) -C $(KDIR) M=$(TOP) clean; fi
	rm -rf $(SNP_BUILD)

help:
	@echo 'Kernel modules'
	@echo '  all              snp_host.ko, snp_guest.ko and, if the kernel has TSM'
	@echo '                   reports, snp_guest_tsm.ko, if it announces the TPM of an'
	@echo '                   SVSM, snp_guest_tpm.ko, for the running kernel;'
	@echo '                   KDIR=DIR: for the kernel built or installed in DIR'
	@echo '  modules_install  install them'
	@echo 'Tools'
	@echo '  snpctl           the command-line tool'
	@echo '  softsnp          the SEV-SNP platform in software'
	@echo '                   (run it: tools/testing/softsnp/softsnp --help)'
	@echo 'Without SEV-SNP hardware'
	@echo '  demo             host comes up, guest reports, report is verified'
	@echo '  check            every test; ends with "N passed, N failed"'
	@echo '  check-STAGE      one stage of it: timing, unit, modules, static, kunit,'
	@echo '                   launcher, guest, host, hostile'
	@echo '  check-faults     each fault of the platform in each phase of snp_host, as a table'
	@echo '  check-debug      the modules on a kernel with KASAN, lockdep, fault injection'
	@echo '  bench            instructions and events, ours against the kernel'"'"'s own,'
	@echo '                   with targets; results in build/bench/'
	@echo '  fuzz             fuzz targets in user space, SECONDS=600 long; with libFuzzer'
	@echo '                   if there is a clang'
	@echo '  check-hostile SEEDS=200  a guest under a hostile hypervisor: more seeds'
	@echo '  check-go         Debian'"'"'s Go tools for attestation, on snp_guest'
	@echo 'Other'
	@echo '  setup            fetch QEMU, compilers and stock kernels for the tests'
	@echo '  clean            remove what was built (downloads stay in the user cache)'

.PHONY: all modules modules_install snpctl setup softsnp demo check bench fuzz clean help
endif
