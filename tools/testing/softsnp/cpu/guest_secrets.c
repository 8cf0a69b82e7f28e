// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest role: the guest's secrets, looked for in memory that the hypervisor can
 * read.  Known here are the message keys of the secrets page and every key
 * that the firmware has derived for this guest (SNP firmware ABI, 56860).
 *
 * Sixteen bytes of a secret in a row are enough for an alarm.  Memory is read
 * in quadwords: whatever the alignment, such a run contains an aligned
 * quadword that continues as the secret does.
 */
#include <pthread.h>
#include <string.h>

#include <openssl/evp.h>

#include <snp/guest_msg.h>

#include "guest.h"

#define SECRET_LEN	32
#define MAX_SECRETS	32
#define RUN_LEN		16
#define WORD		sizeof(uint64_t)
/* Places in a secret where a quadword starts with as many bytes behind it. */
#define PLACES		(SECRET_LEN - RUN_LEN + 1)
#define FILTER_BITS	16

static struct {
	pthread_mutex_t lock;
	unsigned int nr;
	struct {
		const char *what;
		uint8_t bytes[SECRET_LEN];
	} secret[MAX_SECRETS];
	/* A bit for each hash of a quadword of a secret. */
	uint8_t filter[(1 << FILTER_BITS) / 8];
	uint8_t vmpck[SNP_NR_VMPCK][SNP_VMPCK_LEN];
	uint64_t last_seqno[SNP_NR_VMPCK];
} known = { .lock = PTHREAD_MUTEX_INITIALIZER };

static_assert(SECRET_LEN == SNP_VMPCK_LEN, "all secrets are of one length");

static unsigned int hash(uint64_t word)
{
	return word * 0x9e3779b97f4a7c15ULL >> (64 - FILTER_BITS);
}

static void add(const uint8_t *bytes, const char *what)
{
	unsigned int i;
	uint64_t word;

	pthread_mutex_lock(&known.lock);
	for (i = 0; i < known.nr; i++)
		if (!memcmp(known.secret[i].bytes, bytes, SECRET_LEN))
			break;
	if (i == known.nr && known.nr < MAX_SECRETS) {
		memcpy(known.secret[i].bytes, bytes, SECRET_LEN);
		known.secret[i].what = what;
		for (i = 0; i < PLACES; i++) {
			memcpy(&word, bytes + i, WORD);
			known.filter[hash(word) / 8] |= 1 << hash(word) % 8;
		}
		__atomic_store_n(&known.nr, known.nr + 1, __ATOMIC_RELEASE);
	}
	pthread_mutex_unlock(&known.lock);
}

void guest_secrets_launched(void)
{
	const struct snp_secrets_page *page = guest_spa(LAYOUT_SECRETS, sizeof(*page));
	int i;

	memcpy(known.vmpck, page->vmpck, sizeof(known.vmpck));
	for (i = 0; i < SNP_NR_VMPCK; i++)
		add(known.vmpck[i], "VMPCK");
}

/* Only the payload counts here: the firmware's tag is known to be right. */
static bool decrypt(const struct snp_msg *msg, void *plain, int len)
{
	const uint8_t *key = known.vmpck[msg->hdr.msg_vmpck % SNP_NR_VMPCK];
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t iv[SNP_MSG_IV_LEN] = {};
	int n = 0;
	bool ok;

	memcpy(iv, &msg->hdr.msg_seqno, sizeof(msg->hdr.msg_seqno));
	ok = ctx && EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, iv) &&
	     EVP_DecryptUpdate(ctx, plain, &n, msg->payload, len) && n == len;
	EVP_CIPHER_CTX_free(ctx);
	return ok;
}

void guest_secrets_note(const struct snp_msg *response)
{
	struct snp_msg_key_rsp rsp;

	known.last_seqno[response->hdr.msg_vmpck % SNP_NR_VMPCK] = response->hdr.msg_seqno;
	if (response->hdr.msg_type != SNP_MSG_KEY_RSP || !decrypt(response, &rsp, sizeof(rsp)) ||
	    rsp.status)
		return;
	add(rsp.key, "derived key");
}

static void __noreturn found(uint64_t gpa, const char *what)
{
	cpu_stop(CPU_STOP_VIOLATION, "RMP violation: a %s of the guest stands in shared page %#llx",
		 what, (unsigned long long)gpa);
}

/* @p is @len bytes of memory that begins at a page; a hit lies wholly in it. */
static void search(uint64_t gpa, const uint8_t *p, size_t len)
{
	unsigned int s, at;
	uint64_t word;
	size_t i;

	for (i = 0; i + 2 * WORD <= len; i += WORD) {
		memcpy(&word, p + i, WORD);
		if (!word || !(known.filter[hash(word) / 8] >> hash(word) % 8 & 1))
			continue;
		for (s = 0; s < known.nr; s++)
			for (at = 0; at < PLACES; at++)
				if (!memcmp(p + i, known.secret[s].bytes + at, RUN_LEN))
					found(gpa + i, known.secret[s].what);
	}
}

void guest_secrets_search_page(uint64_t gpa)
{
	if (__atomic_load_n(&known.nr, __ATOMIC_ACQUIRE))
		search(gpa, guest_spa(gpa, SNP_PAGE_SIZE), SNP_PAGE_SIZE);
}

void guest_secrets_search(void)
{
	uint64_t gpa, start, nr = 0;

	if (!__atomic_load_n(&known.nr, __ATOMIC_ACQUIRE))
		return;
	for (gpa = 0; gpa < cpu_ram_size(); gpa += SNP_PAGE_SIZE) {
		/* Adjacent pages together: a secret may lie across. */
		for (start = gpa; gpa < cpu_ram_size() && guest_page_shared(gpa) &&
		     guest_page_is_ram(gpa); gpa += SNP_PAGE_SIZE)
			nr++;
		if (gpa > start)
			search(start, guest_spa(start, gpa - start), gpa - start);
	}
	count("secrets.searches");
	count_add("secrets.pages_searched", nr);
}

void guest_secrets_restore_keys(void)
{
	struct snp_secrets_page *page = guest_spa(LAYOUT_SECRETS, sizeof(*page));
	int i;

	/* An SVSM keeps those of more privileged VMPLs to itself. */
	for (i = guest_config.vmpl; i < SNP_NR_VMPCK; i++) {
		memcpy(page->vmpck[i], known.vmpck[i], sizeof(page->vmpck[i]));
		page->msg_seqno[i] = known.last_seqno[i];
	}
}
