// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest role: launching the guest and carrying its messages, as a hypervisor
 * does with the AMD-SP, here with the firmware model in the same process.
 * SNP firmware ABI (56860).
 *
 * Deviation: RAM outside the page list becomes Guest-Valid without being
 * measured.  The loader stands for guest firmware, which would validate it
 * from inside.
 */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

#include <snp/fw.h>

#include "asp.h"
#include "guest.h"

#define SIZE_2M		0x200000ULL
#define DIGEST_LEN	48

/* Pages of the window. */
#define WINDOW(page)	(GUEST_WINDOW_SPA + (page) * SNP_PAGE_SIZE)
#define SPA_COMMAND	WINDOW(0)
#define SPA_GCTX	WINDOW(1)
#define SPA_VMSA	WINDOW(2)
#define SPA_REQUEST	WINDOW(3)
#define SPA_RESPONSE	WINDOW(4)

static struct asp *asp;
static pthread_mutex_t asp_mutex = PTHREAD_MUTEX_INITIALIZER;

static int sys_read(void *opaque, uint64_t spa, void *buf, size_t len)
{
	const void *at = guest_spa(spa, len);

	(void)opaque;
	if (!at)
		return -1;
	memcpy(buf, at, len);
	return 0;
}

static int sys_write(void *opaque, uint64_t spa, const void *buf, size_t len)
{
	void *at = guest_spa(spa, len);

	(void)opaque;
	if (!at)
		return -1;
	memcpy(at, buf, len);
	return 0;
}

static int sys_rmp_init(void *opaque)
{
	(void)opaque;
	guest_pages_clear();
	return 0;
}

static bool sys_rmp_covered(void *opaque, uint64_t pfn)
{
	(void)opaque;
	return guest_page_covered(pfn);
}

static void sys_log(void *opaque, const char *line)
{
	(void)opaque;
	cpu_log("asp: %s", line);
}

static uint32_t command(uint32_t cmd, const void *buf, size_t len)
{
	uint32_t status;

	memset(guest_spa(SPA_COMMAND, SNP_PAGE_SIZE), 0, SNP_PAGE_SIZE);
	memcpy(guest_spa(SPA_COMMAND, len), buf, len);
	status = asp_command(asp, cmd, len ? SPA_COMMAND : 0);
	count_fmt("asp.%s.%#x", asp_cmd_name(cmd), status);
	return status;
}

static void must(uint32_t cmd, const void *buf, size_t len)
{
	uint32_t status = command(cmd, buf, len);

	if (status)
		cpu_stop(CPU_STOP_PLATFORM, "guest: cannot launch: %s ended with %#x %s",
			 asp_cmd_name(cmd), status, snp_fw_status_name(status));
}

static void assign(uint64_t spa, uint64_t gpa, uint32_t asid, bool immutable, bool size_2m)
{
	struct snp_rmp_state s = {
		.gpa = gpa,
		.assigned = 1,
		.pagesize = size_2m,
		.immutable = immutable,
		.asid = asid,
	};
	uint32_t code = rmp_update(guest_rmp(), spa, &s);

	if (code)
		cpu_stop(CPU_STOP_PLATFORM, "guest: cannot launch: RMPUPDATE of %#llx: code %u",
			 (unsigned long long)spa, code);
}

/* The launch digest once more, beside the firmware model: for launch=. */
static void extend_digest(uint8_t *digest, enum snp_page_type type, uint64_t gpa,
			  const void *content)
{
	struct snp_page_info info = {
		.length = sizeof(info),
		.page_type = type,
		.gpa = gpa,
	};

	memcpy(info.digest_cur, digest, DIGEST_LEN);
	if (type == SNP_PAGE_TYPE_NORMAL || type == SNP_PAGE_TYPE_VMSA)
		EVP_Digest(content, SNP_PAGE_SIZE, info.contents, NULL, EVP_sha384(), NULL);
	EVP_Digest(&info, sizeof(info), digest, NULL, EVP_sha384(), NULL);
}

static void launch_page(enum snp_page_type type, uint64_t gpa, uint8_t *digest)
{
	uint64_t spa = type == SNP_PAGE_TYPE_VMSA ? SPA_VMSA : gpa;
	struct snp_fw_launch_update update = {
		.gctx_paddr = SPA_GCTX,
		.flags = FIELD_PREP(SNP_LAUNCH_UPDATE_PAGE_TYPE, type),
		.paddr = spa,
	};

	extend_digest(digest, type, gpa, guest_spa(spa, SNP_PAGE_SIZE));
	assign(spa, gpa, GUEST_ASID, true, false);
	must(SNP_FW_SNP_LAUNCH_UPDATE, &update, sizeof(update));
}

static void validate(uint64_t gpa, bool size_2m)
{
	bool carry;
	uint32_t eax;

	assign(gpa, gpa, GUEST_ASID, false, size_2m);
	if (rmp_pvalidate(guest_rmp(), gpa, gpa, GUEST_ASID, size_2m, true, &eax, &carry) !=
	    RMP_GUEST_DONE || eax || carry)
		cpu_stop(CPU_STOP_PLATFORM, "guest: cannot launch: %#llx cannot be validated",
			 (unsigned long long)gpa);
}

static bool region_is_free(uint64_t gpa)
{
	uint64_t at;

	for (at = gpa; at < gpa + SIZE_2M; at += SNP_PAGE_SIZE)
		if (!guest_page_shared(at))
			return false;
	return true;
}

static void validate_rest(void)
{
	uint64_t size = cpu_ram_size(), gpa = 0, at;

	for (gpa = 0; gpa < size; gpa += SIZE_2M) {
		if (gpa + SIZE_2M <= size && region_is_free(gpa)) {
			validate(gpa, true);
			continue;
		}
		for (at = gpa; at < gpa + SIZE_2M && at < size; at += SNP_PAGE_SIZE)
			if (guest_page_shared(at))
				validate(at, false);
	}
}

static FILE *open_in_launch_dir(const char *name)
{
	char path[PATH_MAX];
	FILE *f = NULL;

	if (snprintf(path, sizeof(path), "%s/%s", guest_config.launch_dir, name) <
	    (int)sizeof(path))
		f = fopen(path, "we");
	if (!f)
		cpu_stop(CPU_STOP_PLATFORM, "guest: cannot write %s/%s: %s",
			 guest_config.launch_dir, name, strerror(errno));
	return f;
}

static void describe(const struct launch_plan *plan, const uint8_t *digest)
{
	unsigned int i;
	FILE *f;

	if (!guest_config.launch_dir)
		return;
	f = open_in_launch_dir("pages");
	for (i = 0; i < plan->nr; i++)
		fprintf(f, "%s %#llx %u %s\n", layout_type_name(plan->range[i].type),
			(unsigned long long)plan->range[i].gpa, plan->range[i].nr_pages,
			plan->range[i].source);
	fclose(f);
	f = open_in_launch_dir("digest");
	for (i = 0; i < DIGEST_LEN; i++)
		fprintf(f, "%02x", digest[i]);
	fputc('\n', f);
	fclose(f);
}

static void power_on(void)
{
	struct asp_config config = asp_config_default(guest_config.product);
	const struct asp_ops ops = {
		.mem_read = sys_read,
		.mem_write = sys_write,
		.rmp = *guest_rmp(),
		.rmp_init = sys_rmp_init,
		.rmp_covered = sys_rmp_covered,
		.log = sys_log,
	};
	const char *err = "unknown reason";

	/* Firmware that can report in the newest form, version 5. */
	if (guest_config.product == ASP_TURIN)
		config.api_minor = 58;
	config.cbit = guest_config.cbit;
	config.pki_dir = guest_config.pki_dir;
	asp = asp_new(&config, &ops, &err);
	if (!asp)
		cpu_stop(CPU_STOP_PLATFORM, "guest: no firmware: %s", err);
}

void guest_launch(const struct launch_plan *plan, const struct snp_vmsa *vmsa)
{
	const struct snp_fw_init_ex init = { .flags = SNP_INIT_EX_INIT_RMP };
	const struct snp_fw_addr gctx = { .paddr = SPA_GCTX };
	const struct snp_fw_activate activate = { .gctx_paddr = SPA_GCTX, .asid = GUEST_ASID };
	const struct snp_fw_launch_start start = {
		.gctx_paddr = SPA_GCTX,
		.policy = LAYOUT_POLICY,
	};
	const struct snp_fw_launch_finish finish = { .gctx_paddr = SPA_GCTX };
	uint8_t digest[DIGEST_LEN] = {};
	unsigned int i;
	uint32_t page;

	power_on();
	must(SNP_FW_SNP_INIT_EX, &init, sizeof(init));
	must(SNP_FW_SNP_DF_FLUSH, NULL, 0);
	assign(SPA_GCTX, 0, 0, true, false);
	assign(SPA_RESPONSE, 0, 0, true, false);
	must(SNP_FW_SNP_GCTX_CREATE, &gctx, sizeof(gctx));
	must(SNP_FW_SNP_LAUNCH_START, &start, sizeof(start));
	must(SNP_FW_SNP_ACTIVATE, &activate, sizeof(activate));

	memcpy(guest_spa(SPA_VMSA, sizeof(*vmsa)), vmsa, sizeof(*vmsa));
	for (i = 0; i < plan->nr; i++)
		for (page = 0; page < plan->range[i].nr_pages; page++)
			launch_page(plan->range[i].type,
				    plan->range[i].gpa + page * SNP_PAGE_SIZE, digest);
	must(SNP_FW_SNP_LAUNCH_FINISH, &finish, sizeof(finish));
	guest_secrets_launched();
	if (guest_config.secure_tsc)
		guest_tsc_launched();
	validate_rest();
	describe(plan, digest);
	cpu_log("guest: launched, digest %02x%02x%02x%02x...", digest[0], digest[1], digest[2],
		digest[3]);
}

uint32_t guest_firmware_request(const void *request, void *response)
{
	const struct snp_fw_guest_request buf = {
		.gctx_paddr = SPA_GCTX,
		.request_paddr = SPA_REQUEST,
		.response_paddr = SPA_RESPONSE,
	};
	uint32_t status;

	pthread_mutex_lock(&asp_mutex);
	memcpy(guest_spa(SPA_REQUEST, SNP_PAGE_SIZE), request, SNP_PAGE_SIZE);
	status = command(SNP_FW_SNP_GUEST_REQUEST, &buf, sizeof(buf));
	memcpy(response, guest_spa(SPA_RESPONSE, SNP_PAGE_SIZE), SNP_PAGE_SIZE);
	pthread_mutex_unlock(&asp_mutex);
	if (!status)
		guest_secrets_note(response);
	return status;
}
