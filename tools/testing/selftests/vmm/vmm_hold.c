// SPDX-License-Identifier: GPL-2.0-only
/*
 * Launches a guest, says so, and holds it until somebody ends it.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "vmm.h"

int main(void)
{
	struct image *im = image_new(POLICY);
	int fd = vmm_open(), err;

	if (fd < 0) {
		perror("/dev/snp_vmm");
		return 1;
	}
	im->range[0].nr_pages = 3;
	im->launch.flags = 0;
	err = vmm_launch(fd, im);
	if (err) {
		fprintf(stderr, "no guest: %s\n", strerror(err));
		return 1;
	}
	puts("a guest lives");
	fflush(stdout);
	pause();
	return 0;
}
