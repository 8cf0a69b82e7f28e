// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every allocation and every user copy of snp_host fails once, in everything
 * that user space and a hypervisor can make it do: it says so, nothing is lost,
 * and it works on.  For the debug kernel; snp_host.ko and snp_vmm.ko loaded.
 *
 *   vmm_failnth [STRIDE [WALK]]	of binding and loading only every so many sites;
 *				only that walk: commands, guest, bind or load
 *
 * The module files and a VLEK hashstick are expected in the root directory.
 */
#include <sys/ioctl.h>

#include <uapi/linux/psp-sev.h>

#include "../failnth.h"
#include "vmm.h"

#define DEBUGFS		"/sys/kernel/debug/snp_host/"
#define GPA_MORE	0x40000000ULL

static int sev, guest = -1, other;
static struct image *im, *im_large, *im_signed;
static struct sev_user_data_snp_status status;
static uint8_t page[SNP_PAGE_SIZE];
static uint8_t stick[0x1b0];		/* a VLEK hashstick that fits */
static struct snp_secrets_page secrets;
static uint64_t seqno = 1;

static int issue(uint32_t cmd, void *data)
{
	struct sev_issue_cmd c = { .cmd = cmd, .data = (uintptr_t)data };

	return ioctl(sev, SEV_ISSUE_CMD, &c) ? errno : 0;
}

static int snp_status(void)
{
	return issue(SNP_PLATFORM_STATUS, &status);
}

static int sev_status(void)
{
	return issue(SEV_PLATFORM_STATUS, page);
}

static int get_id(void)
{
	return issue(SEV_GET_ID, page);
}

static int get_id2(void)
{
	struct sev_user_data_get_id2 id = { .address = (uintptr_t)page, .length = 128 };

	return issue(SEV_GET_ID2, &id);
}

static int commit(void)
{
	return issue(SNP_COMMIT, NULL);
}

static int set_config(void)
{
	struct sev_user_data_snp_config c = { .reported_tcb = status.current_tcb_version };

	return issue(SNP_SET_CONFIG, &c);
}

static int load_vlek(void)
{
	struct sev_user_data_snp_vlek_load v = { .len = sizeof(v),
		.vlek_wrapped_address = (uintptr_t)stick };

	return issue(SNP_VLEK_LOAD, &v);
}

static int feature_info(void)
{
	struct snp_host_feature_info info = { };

	return ioctl(sev, SNP_HOST_FEATURE_INFO, &info) ? errno : 0;
}

static int set_certs(void)
{
	static const struct {
		struct snp_cert_row row[2];
		uint8_t cert[16];
	} table = { .row[0] = { { 1 }, sizeof(table.row), sizeof(table.cert) } };
	struct snp_host_certs c = { .address = (uintptr_t)&table, .len = sizeof(table) };

	return ioctl(sev, SNP_HOST_SET_CERTS, &c) ? errno : 0;
}

static int get_certs(void)
{
	static uint8_t room[SNP_HOST_CERTS_MAX];
	struct snp_host_certs c = { .address = (uintptr_t)room, .len = sizeof(room) };

	return ioctl(sev, SNP_HOST_GET_CERTS, &c) ? errno : 0;
}

static int read_all(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err = 0;
	ssize_t n;

	if (fd < 0)
		return errno;
	do {
		n = read(fd, page, sizeof(page));
	} while (n > 0);
	if (n < 0)
		err = errno;
	close(fd);
	return err;
}

static int read_files(void)
{
	int err = read_all(DRIVER FUNCTION "/snp/health");

	err = err ? err : read_all(DEBUGFS "commands");
	err = err ? err : read_all(DEBUGFS "last_commands");
	err = err ? err : read_all(DEBUGFS "quarantine");
	err = err ? err : read_all(DEBUGFS "guests");
	err = err ? err : read_all(DEBUGFS "rmp");
	return err ? err : read_all(DEBUGFS "rmp_entry");
}

static int launch_image(struct image *i)
{
	guest = vmm_open();
	return guest < 0 ? errno : vmm_launch(guest, i);
}

static int launch(void)
{
	return launch_image(im);
}

static int launch_large(void)
{
	return launch_image(im_large);
}

static int launch_signed(void)
{
	return launch_image(im_signed);
}

static void end(int err)
{
	(void)err;
	if (guest >= 0)
		close(guest);
	guest = -1;
}

/* Few pages, with the digest computed alongside and an ID block that has it. */
static bool sign_image(void)
{
	static struct snp_id_block block = { .version = SNP_ID_BLOCK_VERSION,
					     .policy = POLICY_DEBUG };
	static struct snp_id_auth auth;
	int err;

	im_signed = image_new(POLICY_DEBUG);
	im_signed->range[0].nr_pages = 3;
	err = launch_signed();
	end(err);
	memcpy(block.ld, im_signed->launch.digest, sizeof(block.ld));
	im_signed->launch.id_block = (uintptr_t)&block;
	im_signed->launch.id_auth = (uintptr_t)&auth;
	im_signed->launch.flags |= VMM_AUTHOR_KEY;
	return !err && id_sign(&block, &auth, true);
}

/* A report, as only the other guest can ask for it. */
static int send(unsigned long cmd)
{
	static uint8_t certs[2 * SNP_PAGE_SIZE];
	static struct snp_msg req, rsp;
	struct vmm_request r = { .req = (uintptr_t)&req, .rsp = (uintptr_t)&rsp,
		.certs = (uintptr_t)certs, .nr_cert_pages = 2 };

	msg_report_req(&req, 0, seqno, 1);
	msg_seal(secrets.vmpck[0], &req);
	if (ioctl(other, cmd, &r))
		return errno;
	seqno += 2;
	return msg_open(secrets.vmpck[0], &rsp) ? 0 : EBADMSG;
}

static int message(void)
{
	return send(VMM_REQUEST);
}

static int ext_message(void)
{
	return send(VMM_EXT_REQUEST);
}

/* Whether the firmware has had a message that failed shows with the next one. */
static void in_step_again(int err)
{
	if (!err || !message())
		return;
	seqno += 2;
	if (message())
		failnth_report(false, "messages_go_on", "");
}

static int guest_status(void)
{
	struct vmm_status st;

	return ioctl(other, VMM_STATUS, &st) ? errno : 0;
}

static int debug(void)
{
	struct vmm_page p = { .gpa = GPA_SECRETS, .out = (uintptr_t)page };

	return ioctl(other, VMM_DBG, &p) ? errno : 0;
}

static int make_private(void)
{
	return vmm_mem(other, VMM_PRIVATE, GPA_MORE, 515);
}

static void make_shared(int err)
{
	if (!err)
		vmm_mem(other, VMM_SHARED, GPA_MORE, 515);
}

/* From private to shared: a part of a large entry. */
static int share_part(void)
{
	int err = vmm_mem(other, VMM_SHARED, GPA_MORE + 0x3000, 7);

	return err;
}

static void unshare_part(int err)
{
	/* The memory that is not private is what is given. */
	if (!err && vmm_mem(other, VMM_PRIVATE, GPA_MORE + 0x3000, 7))
		failnth_report(false, "private_again", "");
}

static int split(void)
{
	return vmm_mem(other, VMM_SPLIT, GPA_MORE, 1);
}

static void whole_again(int err)
{
	if (!err && (vmm_mem(other, VMM_SHARED, GPA_MORE, 512) ||
		     vmm_mem(other, VMM_PRIVATE, GPA_MORE, 512)))
		failnth_report(false, "whole_again", "");
}

static int bind_function(void)
{
	return failnth_write(DRIVER "bind", FUNCTION);
}

static void unbind_function(int err)
{
	if (!err)
		failnth_write(DRIVER "unbind", FUNCTION);
}

static int load(void)
{
	return failnth_load("/snp_host.ko", "");
}

static void unload(int err)
{
	if (!err && failnth_unload("snp_host"))
		failnth_report(false, "unloads", "");
}

static void nothing_is_lost(const char *name)
{
	struct asids a = { };
	char line[96];
	long lost = nr_quarantined();

	snprintf(line, sizeof(line), "quarantine %ld", lost);
	failnth_report(!lost && read_asids(&a) && !a.lost && !snp_status(), name, line);
}

static void walk_commands(void)
{
	static const struct failnth_op ops[] = {
		{ .name = "SNP_PLATFORM_STATUS", .run = snp_status },
		{ .name = "SEV_PLATFORM_STATUS", .run = sev_status },
		{ .name = "SEV_GET_ID", .run = get_id },
		{ .name = "SEV_GET_ID2", .run = get_id2 },
		{ .name = "SNP_COMMIT", .run = commit },
		{ .name = "SNP_SET_CONFIG", .run = set_config },
		{ .name = "SNP_VLEK_LOAD", .run = load_vlek },
		{ .name = "SNP_HOST_FEATURE_INFO", .run = feature_info },
		{ .name = "SNP_HOST_SET_CERTS", .run = set_certs },
		{ .name = "SNP_HOST_GET_CERTS", .run = get_certs },
		{ .name = "reading_sysfs_and_debugfs", .run = read_files },
		{ .name = "launch", .run = launch, .undo = end },
		{ .name = "launch_of_2m", .run = launch_large, .undo = end },
		{ .name = "launch_with_id_block", .run = launch_signed, .undo = end },
	};
	unsigned int i;

	if (read_all("/vlek.hashstick"))
		failnth_report(false, "a_hashstick_is_there", "");
	memcpy(stick, page, sizeof(stick));
	im_large = image_new(POLICY_DEBUG);
	im_large->launch.flags = 0;
	if (!sign_image())
		failnth_report(false, "an_image_is_signed", "");
	for (i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		failnth_walk(&ops[i]);
	nothing_is_lost("nothing_is_lost_by_commands_and_launches");
}

static void walk_guest(void)
{
	static const struct failnth_op ops[] = {
		{ .name = "message", .run = message, .undo = in_step_again },
		{ .name = "extended_message", .run = ext_message, .undo = in_step_again },
		{ .name = "guest_status", .run = guest_status },
		{ .name = "debug_decrypt", .run = debug },
		{ .name = "make_private", .run = make_private, .undo = make_shared },
	};
	static const struct failnth_op large = {
		.name = "split", .run = split, .undo = whole_again };
	static const struct failnth_op part = {
		.name = "share_part", .run = share_part, .undo = unshare_part };
	struct vmm_page keys = { .gpa = GPA_SECRETS, .out = (uintptr_t)&secrets };
	unsigned int i;

	other = vmm_open();
	if (vmm_launch(other, im) || ioctl(other, VMM_DBG, &keys))
		failnth_report(false, "a_guest_lives", "");
	for (i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		failnth_walk(&ops[i]);
	make_private();
	failnth_walk(&large);
	failnth_walk(&part);
	close(other);
	nothing_is_lost("nothing_is_lost_by_a_guest");
}

static void walk_bind(unsigned int stride)
{
	/* A region that the kernel has no memory to note is a region in use. */
	const struct failnth_op op = {
		.name = "bind", .run = bind_function, .undo = unbind_function, .stride = stride,
		.also = { EBUSY } };

	close(sev);
	failnth_write(DRIVER "unbind", FUNCTION);
	failnth_walk(&op);
	failnth_report(!bind_function(), "binds_at_last", "");
	sev = open("/dev/sev", O_RDWR | O_CLOEXEC);
	nothing_is_lost("nothing_is_lost_by_binding");
}

static void walk_load(unsigned int stride)
{
	/*
	 * The driver core may fail before it asks the driver, and says nothing; without
	 * memory for the module's "drivers" directory it says EINVAL.
	 */
	const struct failnth_op op = {
		.name = "load", .run = load, .undo = unload, .stride = stride,
		.also = { ENODEV, EBUSY, EINVAL } };

	close(sev);
	if (failnth_unload("snp_vmm") || failnth_unload("snp_host"))
		failnth_report(false, "unloads_at_last", "");
	failnth_walk(&op);
}

int main(int argc, char **argv)
{
	const unsigned int stride = argc > 1 ? strtoul(argv[1], NULL, 10) : 1;
	const char *only = argc > 2 ? argv[2] : NULL;

	failnth_init();
	im = image_new(POLICY_DEBUG);
	im->range[0].nr_pages = 3;
	im->launch.flags = 0;
	sev = open("/dev/sev", O_RDWR | O_CLOEXEC);
	snp_status();
	if (!only || !strcmp(only, "commands"))
		walk_commands();
	if (!only || !strcmp(only, "guest"))
		walk_guest();
	if (!only || !strcmp(only, "bind"))
		walk_bind(stride);
	if (!only || !strcmp(only, "load"))
		walk_load(stride);
	printf("1..%u\n", failnth_tests);
	return failnth_failed || !failnth_tests;
}
