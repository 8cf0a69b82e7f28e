# SPDX-License-Identifier: GPL-2.0-only
# Host role: the CPU model adds the SNP host instructions and registers, aspd
# is the AMD-SP on the PCI bus.  Sourced by softsnp.
:
