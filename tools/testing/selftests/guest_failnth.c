// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every allocation and every user copy of snp_guest fails once, in everything
 * that user space can make it do: it says so, no key and no page is lost, and
 * it works on.  For the debug kernel, inside an SNP guest.
 *
 *   guest_failnth [STRIDE]	of loading only every so many sites
 *
 * The module files are expected in the root directory; none is loaded.
 */
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "../../../include/uapi/linux/sev-guest.h"
#include "failnth.h"
#include "file_is.h"

#define SYSFS	"/sys/bus/platform/devices/sev-guest/"
#define TSM	"/sys/kernel/config/tsm/report/failnth"

static int dev;
static uint8_t answer[4000];
static uint8_t certs[4 * 4096];

static int issue(unsigned long cmd, void *req)
{
	struct snp_guest_request_ioctl arg = { .msg_version = 1, .req_data = (uintptr_t)req,
		.resp_data = (uintptr_t)answer };

	return ioctl(dev, cmd, &arg) ? errno : 0;
}

static int get_report(void)
{
	struct snp_report_req r = { };

	return issue(SNP_GET_REPORT, &r);
}

static int get_key(void)
{
	struct snp_derived_key_req r = { };

	return issue(SNP_GET_DERIVED_KEY, &r);
}

static int get_ext_report(void)
{
	struct snp_ext_report_req r = { .certs_address = (uintptr_t)certs,
		.certs_len = sizeof(certs) };

	return issue(SNP_GET_EXT_REPORT, &r);
}

static int get_report_key(void)
{
	struct snp_report_key_req r = { .key_sel = SNP_REPORT_KEY_VCEK };

	return issue(SNP_GET_REPORT_KEY, &r);
}

static int another_vmpck(void)
{
	return failnth_write(SYSFS "vmpck", "1");
}

static void first_vmpck(int err)
{
	(void)err;
	failnth_write(SYSFS "vmpck", "0");
}

static int read_blob(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err = 0;
	ssize_t n;

	if (fd < 0)
		return errno;
	do {
		n = read(fd, certs, sizeof(certs));
	} while (n > 0);
	if (n < 0)
		err = errno;
	close(fd);
	return err;
}

static int tsm_report(void)
{
	char nonce[65] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
	int err;

	if (mkdir(TSM, 0700))
		return errno;
	err = failnth_write(TSM "/inblob", nonce);
	err = err ? err : read_blob(TSM "/outblob");
	return err ? err : read_blob(TSM "/auxblob");
}

static void tsm_remove(int err)
{
	(void)err;
	rmdir(TSM);
}

static int load_tsm(void)
{
	return failnth_load("/snp_guest_tsm.ko", "");
}

static void unload_tsm(int err)
{
	if (!err && failnth_unload("snp_guest_tsm"))
		failnth_report(false, "tsm_unloads", "");
}

static int load(void)
{
	return failnth_load("/snp_guest.ko", "");
}

static void unload(int err)
{
	if (!err && failnth_unload("snp_guest"))
		failnth_report(false, "unloads", "");
}

static int convert(void)
{
	return failnth_load("/snp_convert.ko", "mib=4 skip=3");
}

static void unload_convert(int err)
{
	if (!err)
		failnth_unload("snp_convert");
}

static void nothing_is_lost(const char *name)
{
	failnth_report(file_is(SYSFS "state", "ready") && file_is(SYSFS "pages/lost", "0") &&
		       file_is(SYSFS "vmpck", "0") && !get_report(), name, "");
}

int main(int argc, char **argv)
{
	const unsigned int stride = argc > 1 ? strtoul(argv[1], NULL, 10) : 1;
	static const struct failnth_op device[] = {
		{ .name = "SNP_GET_REPORT", .run = get_report },
		{ .name = "SNP_GET_DERIVED_KEY", .run = get_key },
		{ .name = "SNP_GET_EXT_REPORT", .run = get_ext_report },
		{ .name = "SNP_GET_REPORT_KEY", .run = get_report_key },
		{ .name = "another_vmpck", .run = another_vmpck, .undo = first_vmpck },
	};
	static const struct failnth_op report = {
		.name = "configfs_report", .run = tsm_report, .undo = tsm_remove };
	/* The driver core may fail before it asks the driver, and says nothing. */
	const struct failnth_op loading = {
		.name = "load", .run = load, .undo = unload, .stride = stride, .also = { ENODEV } };
	const struct failnth_op loading_tsm = {
		.name = "load_tsm", .run = load_tsm, .undo = unload_tsm, .stride = stride };
	const struct failnth_op converting = {
		.name = "convert", .run = convert, .undo = unload_convert, .stride = stride };
	unsigned int i;

	failnth_init();
	failnth_walk(&loading);
	failnth_report(!load(), "loads_at_last", "");
	dev = open("/dev/sev-guest", O_RDWR | O_CLOEXEC);
	for (i = 0; i < sizeof(device) / sizeof(device[0]); i++)
		failnth_walk(&device[i]);
	nothing_is_lost("nothing_is_lost_by_requests");
	failnth_walk(&converting);
	nothing_is_lost("nothing_is_lost_by_conversions");
	failnth_walk(&loading_tsm);
	failnth_report(!load_tsm(), "tsm_loads_at_last", "");
	failnth_walk(&report);
	nothing_is_lost("nothing_is_lost_by_configfs");
	unload_tsm(0);
	close(dev);
	unload(0);
	printf("1..%u\n", failnth_tests);
	return failnth_failed;
}
