// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest role: vTPM protocol of the SVSM (AMD 58019).  The TPM is a program of
 * its own (swtpm) behind a socket: this file carries commands and responses.
 *
 * The service manifest is the public area (TPMT_PUBLIC) of the endorsement key,
 * made from the TPM's seed by the usual template.  U: its encoding.  The key is
 * made before the guest can say anything to the TPM, and the platform hierarchy,
 * which could change the seed, gets a password that nobody knows.
 */
#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "guest_svsm.h"

#define GUEST_RW	(SNP_RMP_PERM_READ | SNP_RMP_PERM_WRITE)
#define HEADER_LEN	10
#define CC_FLUSH	0x165
#define TPM_TIMEOUT_S	30
#define AUTH_LEN	32

static struct {
	int fd;
	bool dead;
	uint8_t manifest[512];
	size_t manifest_len;
} tpm = { .fd = -1 };

bool svsm_vtpm_present(void)
{
	return tpm.fd >= 0 && !tpm.dead;
}

/* 0: the TPM is gone, and stays so. */
static size_t exchange(const uint8_t *cmd, size_t len, uint8_t *rsp, size_t room)
{
	size_t got = 0, want = HEADER_LEN;
	ssize_t n;

	if (tpm.dead || send(tpm.fd, cmd, len, MSG_NOSIGNAL) != (ssize_t)len)
		goto dead;
	while (got < want) {
		n = recv(tpm.fd, rsp + got, want - got, 0);
		if (n <= 0)
			goto dead;
		got += n;
		if (got == HEADER_LEN)
			want = (size_t)rsp[2] << 24 | rsp[3] << 16 | rsp[4] << 8 | rsp[5];
		if (want < HEADER_LEN || want > room)
			goto dead;
	}
	return got;
dead:
	cpu_log("guest: SVSM: the TPM does not answer");
	tpm.dead = true;
	return 0;
}

/* Keys that the SVSM made take no room in the TPM. */
static void flush(uint32_t handle)
{
	uint8_t cmd[14] = { 0x80, 0x01, 0, 0, 0, sizeof(cmd), 0, 0, CC_FLUSH >> 8, CC_FLUSH & 0xff,
			    handle >> 24, handle >> 16, handle >> 8, handle }, rsp[64];

	exchange(cmd, sizeof(cmd), rsp, sizeof(rsp));
}

static bool make_key(void)
{
	uint8_t cmd[1024], rsp[SNP_PAGE_SIZE];
	const uint8_t *area;
	uint32_t handle;
	size_t n, len;

	n = svsm_tpm_create_ek(cmd, sizeof(cmd));
	n = exchange(cmd, n, rsp, sizeof(rsp));
	area = svsm_tpm_created(rsp, n, &handle, &len);
	if (!area || len > sizeof(tpm.manifest))
		return false;
	memcpy(tpm.manifest, area, len);
	tpm.manifest_len = len;
	flush(handle);
	return true;
}

static bool lock_platform(void)
{
	uint8_t auth[AUTH_LEN], cmd[128], rsp[SNP_PAGE_SIZE];
	size_t n;

	if (getentropy(auth, sizeof(auth)))
		return false;
	n = svsm_tpm_lock_platform(cmd, sizeof(cmd), auth, sizeof(auth));
	n = exchange(cmd, n, rsp, sizeof(rsp));
	explicit_bzero(auth, sizeof(auth));
	explicit_bzero(cmd, sizeof(cmd));
	return svsm_tpm_succeeded(rsp, n);
}

bool guest_svsm_vtpm_connect(void)
{
	struct timeval limit = { .tv_sec = TPM_TIMEOUT_S };
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	if (strlen(guest_config.vtpm) >= sizeof(addr.sun_path)) {
		cpu_log("guest: vtpm=%s: the path is too long", guest_config.vtpm);
		return false;
	}
	memcpy(addr.sun_path, guest_config.vtpm, strlen(guest_config.vtpm));
	tpm.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (tpm.fd < 0 || connect(tpm.fd, (struct sockaddr *)&addr, sizeof(addr)) ||
	    setsockopt(tpm.fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit))) {
		cpu_log("guest: vtpm=%s: %s", guest_config.vtpm, strerror(errno));
		return false;
	}
	if (!make_key() || !lock_platform()) {
		cpu_log("guest: vtpm=%s: no fresh TPM: it makes no endorsement key, or its platform hierarchy is taken",
			guest_config.vtpm);
		return false;
	}
	return true;
}

const uint8_t *svsm_vtpm_manifest(size_t *len)
{
	*len = svsm_vtpm_present() ? tpm.manifest_len : 0;
	return *len ? tpm.manifest : NULL;
}

static uint64_t command(struct svsm_call *c)
{
	struct snp_svsm_vtpm_request req;
	struct snp_svsm_vtpm_response rsp = {};
	uint64_t result;
	void *at;

	/* U: one known SVSM takes a buffer that lies across two pages. */
	if (c->rcx & (SNP_PAGE_SIZE - 1))
		return SNP_SVSM_INVALID_PARAMETER;
	at = svsm_guest_memory(c->rcx, sizeof(req), GUEST_RW);
	if (!at)
		return SNP_SVSM_INVALID_ADDRESS;
	memcpy(&req, at, sizeof(req));
	result = svsm_vtpm_check(&req);
	if (result)
		return result;
	rsp.size = exchange(req.data, req.size, rsp.data, sizeof(rsp.data));
	if (!rsp.size)
		return SNP_SVSM_INVALID_REQUEST;
	memcpy(at, &rsp, sizeof(rsp));
	return SNP_SVSM_SUCCESS;
}

uint64_t svsm_vtpm(struct svsm_call *c)
{
	switch (FIELD_GET(SNP_SVSM_RAX_CALL, c->rax)) {
	case SNP_SVSM_VTPM_QUERY:
		c->rcx = BIT_ULL(SNP_SVSM_VTPM_SEND_COMMAND);
		c->rdx = 0;
		return SNP_SVSM_SUCCESS;
	case SNP_SVSM_VTPM_CMD:
		return command(c);
	}
	return SNP_SVSM_UNSUPPORTED_CALL;
}
