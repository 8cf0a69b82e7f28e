// SPDX-License-Identifier: GPL-2.0-only
/*
 * The AMD-SP stops answering in the middle of one guest's command while another
 * guest lives: nobody hangs, nothing that it may still write to is freed, and
 * what is safe comes back.  There is no way back from it but a reboot, so this
 * is one test, and the last in a machine.
 *
 *   vmm_dead launch|message|end	in which phase
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "vmm.h"

static unsigned int nr;
static int failed;

static void check(bool ok, const char *name)
{
	printf("%sok %u %s\n", ok ? "" : "not ", ++nr, name);
	failed |= !ok;
}

static int message(int fd)
{
	static struct snp_msg req, rsp;
	struct vmm_request r = { .req = (uintptr_t)&req, .rsp = (uintptr_t)&rsp };

	return ioctl(fd, VMM_REQUEST, &r) ? errno : 0;
}

int main(int argc, char **argv)
{
	const char *phase = argc == 2 ? argv[1] : "";
	int other = vmm_open(), fd = vmm_open();
	struct image *im = image_new(POLICY);
	char line[256];
	uint64_t pfn;
	long lost;
	time_t t0;

	im->range[0].nr_pages = 3;
	im->launch.flags = 0;
	if (other < 0 || fd < 0 || vmm_launch(other, im) ||
	    vmm_mem(other, VMM_PRIVATE, 0x40000000, 512) || vmm_pfn(other, 0x40000000, &pfn)) {
		fprintf(stderr, "no guest to begin with: %m\n");
		return 1;
	}

	if (!strcmp(phase, "launch")) {
		vmm_fault("timeout:SNP_LAUNCH_UPDATE:2");
		check(vmm_launch(fd, im) == ETIMEDOUT, "launch_ends_with_a_timeout");
		check(im->launch.cmd == SNP_FW_SNP_LAUNCH_UPDATE, "result_names_the_command");
		check(quarantine_lists(im->launch.failed_pfn), "page_in_its_hands_is_quarantined");
	} else if (!strcmp(phase, "message")) {
		if (vmm_launch(fd, im))
			return 1;
		vmm_fault("timeout:SNP_GUEST_REQUEST");
		check(message(fd) == ETIMEDOUT, "message_ends_with_a_timeout");
		check(!ioctl(fd, VMM_END), "guest_ends");
	} else if (!strcmp(phase, "end")) {
		if (vmm_launch(fd, im))
			return 1;
		vmm_fault("dead");
		check(!ioctl(fd, VMM_END), "guest_ends");
	} else {
		fprintf(stderr, "usage: vmm_dead launch|message|end\n");
		return 2;
	}

	/* From here on nothing waits. */
	t0 = time(NULL);
	lost = nr_quarantined();
	check(lost >= 3, "pages_of_the_guest_are_quarantined");
	check(message(other) == EBUSY, "other_guest_is_told");
	check(vmm_launch(fd, im) == EBUSY, "no_guest_comes");
	check(vmm_mem(other, VMM_SHARED, 0x40000000, 512) == 0, "memory_comes_back_without_firmware");
	check(!rmp_entry(pfn, line, sizeof(line)) && strstr(line, "Hypervisor"),
	      "memory_is_the_hosts");
	check(!ioctl(other, VMM_END), "other_guest_ends");
	/* Context, response and request of it; its own pages were Guest-Valid. */
	check(nr_quarantined() == lost + 3, "three_pages_more_are_quarantined");
	check(time(NULL) - t0 < 60, "nothing_waits_for_it");
	printf("1..%u\n", nr);
	return failed;
}
