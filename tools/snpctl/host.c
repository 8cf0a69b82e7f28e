// SPDX-License-Identifier: GPL-2.0-only
/*
 * snpctl host: what the AMD-SP of this machine says about itself (55766,
 * PLATFORM_STATUS; 56860, SNP_PLATFORM_STATUS).
 */
#include <cpuid.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <snp/fw.h>
#include <uapi/linux/psp-sev.h>

#include "device.h"
#include "report.h"

#define DEVICE	"/dev/sev"

static_assert(SEV_ISSUE_CMD == 0xc0105300, "SEV_ISSUE_CMD");
static_assert(sizeof(struct sev_user_data_status) == 12, "sev_user_data_status");
static_assert(sizeof(struct sev_user_data_snp_status) == 32, "sev_user_data_snp_status");

#define SEV_FLAG_OWNED	BIT(0)
#define SEV_FLAG_ES	BIT(8)

static const char help[] =
"Usage: snpctl host status [--device FILE]\n"
"\n"
"Print what the AMD secure processor of this machine says about SEV and SNP.\n"
"\n"
"      --device FILE   instead of " DEVICE "\n"
"      --help          print this\n"
"\n"
"Exit status: 0 printed, 2 could not look (usage, device, firmware error).\n"
"\n"
"Example:\n"
"  snpctl host status\n";

static const struct option options[] = {
	{ "device", required_argument, NULL, 'd' },
	{ "help", no_argument, NULL, 'h' },
	{}
};

static int issue(int fd, uint32_t cmd, const char *name, void *data)
{
	struct sev_issue_cmd arg = { .cmd = cmd, .data = (uintptr_t)data };

	if (!device_ioctl(fd, SEV_ISSUE_CMD, &arg))
		return 0;
	if (arg.error && arg.error != (uint32_t)SEV_RET_NO_FW_CALL)
		complain("%s failed: %s, firmware status 0x%02x %s", name, strerror(errno),
			 arg.error, snp_fw_status_name(arg.error));
	else
		complain("%s failed: %s", name, strerror(errno));
	return -1;
}

static const char *sev_state(unsigned int state)
{
	switch (state) {
	case SNP_SEV_STATE_UNINIT:
		return "UNINIT";
	case SNP_SEV_STATE_INIT:
		return "INIT";
	case SNP_SEV_STATE_WORKING:
		return "WORKING";
	}
	return "unknown";
}

static const char *snp_state(unsigned int state)
{
	switch (state) {
	case SNP_STATE_UNINIT:
		return "UNINIT";
	case SNP_STATE_INIT:
		return "INIT";
	}
	return "unknown";
}

static const char *yes_no(bool flag)
{
	return flag ? "yes" : "no";
}

static void print_sev(const struct sev_user_data_status *s)
{
	uint32_t unknown = s->flags & ~(uint32_t)(SEV_FLAG_OWNED | SEV_FLAG_ES);

	print_heading("SEV");
	print_field("firmware", "%u.%u build %u", s->api_major, s->api_minor, s->build);
	print_field("state", "%u (%s)", s->state, sev_state(s->state));
	print_field("owner", s->flags & SEV_FLAG_OWNED ? "externally owned" : "self owned");
	print_field("SEV-ES set up", "%s", yes_no(s->flags & SEV_FLAG_ES));
	if (unknown)
		print_field("unknown flags", "0x%08x", unknown);
	print_field("guests", "%u", s->guest_count);
}

/* The machine whose firmware answered is the one that this runs on. */
static const struct product *this_product(unsigned int *family)
{
	unsigned int eax, ebx, ecx, edx;
	uint8_t model;

	*family = 0;
	if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx))
		return NULL;
	*family = (eax >> 8 & 0xf) + (eax >> 20 & 0xff);
	model = (eax >> 4 & 0xf) | (eax >> 12 & 0xf0);
	return product_by_cpu(*family, model);
}

static void print_tcb(const char *name, uint64_t raw)
{
	unsigned int family;
	const struct product *p = this_product(&family);
	enum snp_tcb_layout layout = SNP_TCB_MILAN;
	char words[TCB_WORDS];

	if (p)
		layout = p->layout;
	else if (family >= 0x1a)
		layout = SNP_TCB_TURIN;
	tcb_words(words, raw, layout);
	print_field(name, "0x%016" PRIx64, raw);
	print_more("%s", words);
	if (!p)
		print_more("(CPU of an unknown product; layout by family 0x%02x)", family);
	if (tcb_unknown_bits(raw, layout))
		print_more("unknown bits 0x%" PRIx64, tcb_unknown_bits(raw, layout));
}

static void print_snp(const struct sev_user_data_snp_status *s)
{
	/* Mainline's interface calls these bits reserved and copies them through. */
	unsigned int byte3 = s->is_rmp_initialized | s->rsvd << 1;
	unsigned int unknown3 = byte3 & ~(unsigned int)(SNP_STATUS_IS_RMP_INIT |
							SNP_STATUS_ALIAS_CHECK);

	print_heading("SEV-SNP");
	print_field("firmware", "%u.%u build %u", s->api_major, s->api_minor, s->build_id);
	print_field("state", "%u (%s)", s->state, snp_state(s->state));
	print_field("RMP initialised", "%s", yes_no(s->is_rmp_initialized));
	print_field("alias check passed", "%s", yes_no(byte3 & SNP_STATUS_ALIAS_CHECK));
	print_field("chip id masked", "%s", yes_no(s->mask_chip_id));
	print_field("chip key masked", "%s", yes_no(s->mask_chip_key));
	print_field("VLEK loaded", "%s", yes_no(s->vlek_en));
	print_field("FEATURE_INFO", "%s", s->feature_info ? "supported" : "not supported");
	print_field("RAPL", "%s", s->rapl_dis ? "off" : "on");
	print_field("ciphertext hiding", "%s, %s",
		    s->ciphertext_hiding_cap ? "possible" : "not possible",
		    s->ciphertext_hiding_en ? "on" : "off");
	if (unknown3)
		print_field("unknown init flags", "0x%02x", unknown3);
	if (s->rsvd1)
		print_field("unknown flags", "0x%08x", (uint32_t)s->rsvd1 << 7);
	print_field("guests", "%u", s->guest_count);
	print_tcb("TCB, current", s->current_tcb_version);
	print_tcb("TCB, reported", s->reported_tcb_version);
}

static int host_status(const char *path)
{
	struct sev_user_data_status sev = {};
	struct sev_user_data_snp_status snp = {};
	int status = SNPCTL_TROUBLE;
	int fd = device_open(path, O_RDONLY);

	if (fd < 0) {
		complain("cannot open %s: %s%s", path, strerror(errno),
			 errno == ENOENT ? " (is snp_host or ccp loaded?)" : "");
		return SNPCTL_TROUBLE;
	}
	if (!issue(fd, SEV_PLATFORM_STATUS, "SEV_PLATFORM_STATUS", &sev)) {
		printf("AMD secure processor, %s\n", path);
		print_sev(&sev);
		if (!issue(fd, SNP_PLATFORM_STATUS, "SNP_PLATFORM_STATUS", &snp)) {
			print_snp(&snp);
			status = SNPCTL_OK;
		}
	}
	device_close(fd);
	return status;
}

int cmd_host(int argc, char **argv)
{
	const char *device = DEVICE;
	int opt;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (opt) {
		case 'd':
			device = optarg;
			break;
		case 'h':
			fputs(help, stdout);
			return SNPCTL_OK;
		default:
			return usage_error(argv[0]);
		}
	}
	if (argc - optind != 1 || strcmp(argv[optind], "status")) {
		complain("host knows one word: status");
		return usage_error(argv[0]);
	}
	return host_status(device);
}
