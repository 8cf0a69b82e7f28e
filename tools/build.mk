# SPDX-License-Identifier: GPL-2.0-only
# Rules that the user-space programs share.  A program's Makefile sets
#
#   TOP    the top of the tree (before including this file)
#
# and uses $(O) for everything that it makes.  SAN=1 builds with address and
# undefined-behaviour sanitizers, into a directory of its own.

NAME	:= $(notdir $(CURDIR))
SNP_BUILD ?= $(abspath $(TOP)/build)
BUILD	?= $(SNP_BUILD)
ifeq ($(SAN),1)
O	?= $(BUILD)/san/$(NAME)
SANFLAGS := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
else
O	?= $(BUILD)/tools/$(NAME)
SANFLAGS :=
endif

CC	?= gcc
CFLAGS	?= -O2 -g
ALL_CFLAGS = -std=gnu11 -Wall -Wextra -Werror -Wmissing-prototypes -Wstrict-prototypes \
	-Wold-style-definition -Wvla -D_GNU_SOURCE -I$(TOP)/include $(SANFLAGS) \
	$(CFLAGS) $(CPPFLAGS) -MMD -MP
# kselftest_harness.h comes from the kernel source in the test root.
# Its macros define functions without prototypes.
HARNESS	:= -isystem $(BUILD)/source-6.12/tools/testing/selftests -Wno-missing-prototypes

$(O)/%.o: %.c
	@mkdir -p $(dir $@)
	$(CC) $(ALL_CFLAGS) $(CFLAGS_$(notdir $*)) -c -o $@ $<

clean:
	rm -rf $(O)

.PHONY: all check clean
.SECONDARY:
