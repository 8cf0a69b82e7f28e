// SPDX-License-Identifier: GPL-2.0-only
/*
 * The AMD-SP stops answering in the middle of one guest's command while another
 * guest lives: nobody hangs, nothing that it may still write to is freed, and
 * what is safe comes back.  There is no way back from it but a reboot, so this
 * is one test, and the last in a machine.  It unloads the modules, and makes a
 * row of the table of faults.
 *
 *   vmm_dead FAULT launch|run|end|unload
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

/* Which fault it is, and what the kernel says about it. */
static const struct {
	const char *fault, *phase, *spec, *log;
	/* Beside context, response and request of two guests, and the command buffer. */
	long lost;
} cases[] = {
	{ "timeout", "launch", "timeout:SNP_LAUNCH_UPDATE:2",
	  "AMD-SP given up at command SNP_LAUNCH_UPDATE .*: no answer within [0-9]+ s", 1 },
	{ "timeout", "run", "timeout:SNP_GUEST_REQUEST",
	  "AMD-SP given up at command SNP_GUEST_REQUEST .*: no answer within [0-9]+ s", 0 },
	{ "timeout", "end", "timeout:SNP_DECOMMISSION",
	  "AMD-SP given up at command SNP_DECOMMISSION .*: no answer within [0-9]+ s", 0 },
	{ "timeout", "unload", "timeout:SNP_DECOMMISSION",
	  "AMD-SP given up at command SNP_DECOMMISSION .*: no answer within [0-9]+ s", 0 },
	/* A page for requests, which the firmware only reads, has been freed before. */
	{ "timeout (SNP_PAGE_RECLAIM)", "unload", "timeout:SNP_PAGE_RECLAIM",
	  "AMD-SP given up at command SNP_PAGE_RECLAIM .*: no answer within [0-9]+ s", -1 },
	/* Guests have ended and all is given back, but what the driver sends its commands in. */
	{ "timeout (SNP_SHUTDOWN_EX)", "unload", "timeout:SNP_SHUTDOWN_EX",
	  "AMD-SP given up at command SNP_SHUTDOWN_EX .*: no answer within [0-9]+ s", -6 },
	{ "status (HWERROR_UNSAFE)", "run", "status:SNP_GUEST_REQUEST:HWERROR_UNSAFE",
	  "AMD-SP given up at command SNP_GUEST_REQUEST .*: status HWERROR_UNSAFE", 0 },
	{ "dead", "launch", "dead:5",
	  "AMD-SP given up at command SNP_LAUNCH_UPDATE .*: register access blocked", 1 },
	{ "dead", "run", "dead",
	  "AMD-SP given up at command SNP_GUEST_REQUEST .*: register access blocked", 0 },
	{ "dead", "end", "dead",
	  "AMD-SP given up at command SNP_DECOMMISSION .*: register access blocked", 0 },
	{ "dead", "unload", "dead",
	  "AMD-SP given up at command SNP_DECOMMISSION .*: register access blocked", 0 },
};

#define NR_CASES	(sizeof(cases) / sizeof(cases[0]))

/* The error that the caller gets. */
static int dead_errno(unsigned int i)
{
	if (!strcmp(cases[i].fault, "dead"))
		return ENODEV;
	if (!strncmp(cases[i].fault, "status", 6))
		return EIO;
	return ETIMEDOUT;
}

static const char *in_launch(unsigned int i, int fd, struct image *im)
{
	check(vmm_launch(fd, im) == dead_errno(i), "launch_ends_with_an_error");
	check(im->launch.cmd == SNP_FW_SNP_LAUNCH_UPDATE, "result_names_the_command");
	check(quarantine_lists(im->launch.failed_pfn), "page_in_its_hands_is_quarantined");
	return strerrorname_np(dead_errno(i));
}

static const char *in_message(unsigned int i, int fd)
{
	check(message(fd) == dead_errno(i), "message_ends_with_an_error");
	check(!ioctl(fd, VMM_END), "guest_ends");
	return strerrorname_np(dead_errno(i));
}

/* Another guest than the one that the fault has met. */
static void other_is_safe(int other, int fd, struct image *im, uint64_t pfn)
{
	long lost = nr_quarantined();
	char line[256];

	check(lost >= 3, "pages_of_the_guest_are_quarantined");
	check(message(other) == EBUSY, "other_guest_is_told");
	check(vmm_launch(fd, im) == EBUSY, "no_guest_comes");
	check(vmm_mem(other, VMM_SHARED, 0x40000000, 512) == 0, "memory_comes_back_without_firmware");
	check(!rmp_entry(pfn, line, sizeof(line)) && strstr(line, "Hypervisor"),
	      "memory_is_the_hosts");
	check(!ioctl(other, VMM_END), "other_guest_ends");
	/* Context, response and request of it; its own pages were Guest-Valid. */
	check(nr_quarantined() == lost + 3, "three_pages_more_are_quarantined");
}

int main(int argc, char **argv)
{
	const char *phase = argc == 3 ? argv[2] : "", *result = "done", *left;
	int other = vmm_open(), fd = vmm_open();
	struct image *im = image_new(POLICY);
	char line[256] = "", want[80];
	/* Tests before this one may have left some. */
	long before = nr_quarantined();
	unsigned int i = 0;
	uint64_t pfn;
	time_t t0;
	bool unload;

	while (i < NR_CASES && (argc != 3 || strcmp(cases[i].fault, argv[1]) ||
				strcmp(cases[i].phase, phase)))
		i++;
	if (i == NR_CASES) {
		fprintf(stderr, "usage: vmm_dead FAULT launch|run|end|unload, as in its table\n");
		return 2;
	}
	im->range[0].nr_pages = 3;
	im->launch.flags = 0;
	if (other < 0 || fd < 0 || vmm_launch(other, im) ||
	    vmm_mem(other, VMM_PRIVATE, 0x40000000, 512) || vmm_pfn(other, 0x40000000, &pfn) ||
	    (strcmp(phase, "launch") && vmm_launch(fd, im))) {
		fprintf(stderr, "no guest to begin with: %m\n");
		return 1;
	}
	unload = !strcmp(phase, "unload");
	log_mark();
	vmm_fault(cases[i].spec);
	if (!strcmp(phase, "launch"))
		result = in_launch(i, fd, im);
	else if (!strcmp(phase, "run"))
		result = in_message(i, fd);
	else if (!unload)
		check(!ioctl(fd, VMM_END), "guest_ends");

	/* From here on nothing waits, but for an unbinding that meets the fault itself. */
	t0 = time(NULL);
	if (unload)
		check(!system("echo 0000:00:04.0 >/sys/bus/pci/drivers/snp_host/unbind"),
		      "unbinding_ends_all_guests");
	else
		other_is_safe(other, fd, im, pfn);
	check(time(NULL) - t0 < 60, "nothing_waits_for_it");
	check(log_find(cases[i].log, line, sizeof(line)), "cause_is_told");
	close(other);
	close(fd);
	check(!system("rmmod snp_vmm && rmmod snp_host"), "modules_are_unloaded");
	snprintf(want, sizeof(want), "%ld quarantined page\\(s\\) are lost until reboot",
		 before + cases[i].lost + 7);
	check(log_find(want, NULL, 0), "every_page_that_it_may_use_is_lost");
	check(!log_find("BUG:|WARNING:|Oops", NULL, 0), "kernel_is_well");
	printf("1..%u\n", nr);
	if (!strcmp(phase, "end"))
		phase = "run";
	left = "other guest's memory comes back, commands get EBUSY; only a reboot helps";
	if (unload)
		left = "guests have ended, the modules unload; only a reboot helps";
	if (!failed)
		row(cases[i].fault, phase, result, line, cases[i].lost + 7, left);
	return failed;
}
