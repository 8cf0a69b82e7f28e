/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine for the unit tests of the firmware model: 10 MiB of memory, the
 * first 8 MiB of it covered by an RMP, and a host that issues commands.
 */
#ifndef ASP_TEST_WORLD_H
#define ASP_TEST_WORLD_H

#include <snp/guest_msg.h>
#include <snp/guest_pages.h>

#include "../asp.h"

#define MEM_SIZE	0xa00000ULL
#define NR_PFNS		2048		/* covered by the RMP */
#define TABLE_PFN	496		/* the RMP itself */
#define NR_TABLE_PFNS	8
#define SPA_2M		0x200000ULL
#define SPA_DEFAULT	0x900000ULL	/* memory outside the RMP */

/* Who uses which page. */
#define SPA_CMD		0x1000ULL
#define SPA_GCTX	0x2000ULL
#define SPA_REQ		0x3000ULL
#define SPA_RSP		0x4000ULL
#define SPA_OUT		0x5000ULL
#define SPA_GCTX2	0x6000ULL
#define SPA_LIST	0x7000ULL
#define SPA_PAGE	0x10000ULL	/* guest pages from here on */
#define SPA_SECRETS	0x20000ULL

#define CBIT		BIT_ULL(51)
#define POLICY		0x30000ULL	/* SMT allowed, bit 17 */
#define ASID		5

struct world {
	struct asp *asp;
	uint8_t *mem;
	struct snp_rmp_raw rmp[NR_PFNS];
	bool rmp_unusable;
	const char *config_defect;
	bool wbinvd_done;
	unsigned int nr_armed;
	uint64_t now_ms;
	bool snp_disabled;		/* by X86_SNP_SHUTDOWN */
	uint64_t broken_spa;		/* this page cannot be read, 0: none */
	char log[256];			/* the last line */
};

/* Power on; @pki: with the identity that the test run made. */
void world_init(struct world *w, bool pki);
void world_exit(struct world *w);
/* Make another part of the same machine. */
bool world_new_asp(struct world *w, const struct asp_config *cfg, const char **err);
struct asp_config world_config(bool pki);

/* A file of the identity into @buf; its length. */
size_t world_pki_file(const char *name, void *buf, size_t len);

/* Issue a command whose buffer holds @len bytes of @buf. */
uint32_t world_cmd(struct world *w, uint32_t cmd, const void *buf, size_t len);
uint32_t world_cmd_addr(struct world *w, uint32_t cmd, uint64_t paddr);

/* Page states as the host sets them. */
uint32_t world_set(struct world *w, uint64_t spa, uint64_t gpa, uint32_t asid, bool immutable,
		   bool size_2m);
void world_set_fw(struct world *w, uint64_t spa);
void world_set_hv(struct world *w, uint64_t spa);
void world_set_pre_guest(struct world *w, uint64_t spa, uint64_t gpa, uint32_t asid);
/* Put an entry of any state there, past all rules; @asid for the guest's ones. */
void world_force(struct world *w, uint64_t spa, enum snp_page_state state, uint64_t gpa,
		 uint32_t asid);
enum snp_page_state world_state(struct world *w, uint64_t spa);
struct rmp_store world_store(struct world *w);

/* Steps of a guest's life; each returns the firmware status. */
uint32_t world_snp_init(struct world *w);		/* INIT_EX, WBINVD, DF_FLUSH */
uint32_t world_flush(struct world *w);			/* WBINVD, DF_FLUSH */
uint32_t world_gctx_create(struct world *w, uint64_t gctx);
uint32_t world_launch_start(struct world *w, uint64_t gctx, uint64_t policy);
uint32_t world_activate(struct world *w, uint64_t gctx, uint32_t asid);
uint32_t world_launch_update(struct world *w, uint64_t gctx, uint64_t spa, unsigned int type);
uint32_t world_launch_finish(struct world *w, uint64_t gctx, uint64_t flags);
/* All of them, with a secrets page at SPA_SECRETS; 0 when the guest runs. */
uint32_t world_run_guest(struct world *w, uint64_t gctx, uint32_t asid);
struct snp_secrets_page *world_secrets(struct world *w);

/*
 * What a guest and a carrying host do with a message.  The request is sealed
 * with VMPCK @vmpck of the secrets page and put at SPA_REQ.
 */
void world_put_request(struct world *w, unsigned int vmpck, uint64_t seqno, unsigned int type,
		       const void *payload, size_t len);
void world_reseal(struct world *w, const uint8_t key[32]);
uint32_t world_guest_request(struct world *w, uint64_t gctx);
/* Open the response at SPA_RSP; length of the payload, -1 if not authentic. */
int world_get_response(struct world *w, unsigned int vmpck, struct snp_msg *rsp);

/* AES-256-GCM with header AAD, independent of the model's. */
bool test_gcm(const uint8_t key[32], struct snp_msg *msg, size_t len, bool seal);

#endif /* ASP_TEST_WORLD_H */
