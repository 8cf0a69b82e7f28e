# SPDX-License-Identifier: GPL-2.0-only
# What snp_host.ko is made of.
snp_host-y := drivers/psp/main.o drivers/psp/pci.o drivers/psp/mailbox.o drivers/psp/timeout.o \
	      drivers/psp/death.o drivers/psp/cmdtable.o drivers/psp/record.o drivers/psp/trace.o \
	      drivers/psp/cmds.o \
	      drivers/psp/gates.o drivers/psp/cpus.o drivers/psp/init.o drivers/psp/panic.o \
	      drivers/psp/dev.o drivers/psp/dev_cmds.o drivers/psp/dev_host.o drivers/psp/upload.o \
	      drivers/psp/sysfs.o drivers/psp/cmd_debugfs.o drivers/psp/debugfs.o \
	      drivers/psp/fwpages.o drivers/psp/quarantine.o \
	      drivers/psp/asid.o drivers/psp/gctx.o drivers/psp/gctx_pages.o drivers/psp/launch.o \
	      drivers/psp/hostapi.o drivers/psp/hostapi_pages.o drivers/psp/hostapi_request.o \
	      drivers/psp/hostapi_certs.o \
	      arch-x86/rmp/table.o arch-x86/rmp/update.o arch-x86/rmp/range.o \
	      arch-x86/rmp/report.o
