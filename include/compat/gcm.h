/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * AES-256-GCM with a 12-byte IV and a 16-byte tag, without an allocation per
 * message: the kernel's AES-GCM library where it is built in, else the
 * synchronous "gcm(aes)" of the crypto API (which modprobe must be able to
 * load, or which must be loaded already).
 */
#ifndef SNP_COMPAT_GCM_H
#define SNP_COMPAT_GCM_H

#include <linux/errno.h>
#include <linux/kconfig.h>
#include <linux/string.h>
#include <linux/types.h>

#define GCM_KEY_LEN	32
#define GCM_IV_LEN	12
#define GCM_TAG_LEN	16

#if IS_ENABLED(CONFIG_CRYPTO_LIB_AESGCM)

#include <crypto/gcm.h>

struct gcm_key {
	struct aesgcm_ctx ctx;
};

static inline int gcm_init(struct gcm_key *g, const u8 *key)
{
	return aesgcm_expandkey(&g->ctx, key, GCM_KEY_LEN, GCM_TAG_LEN);
}

static inline void gcm_wipe(struct gcm_key *g)
{
	memzero_explicit(g, sizeof(*g));
}

static inline int gcm_encrypt(struct gcm_key *g, u8 *dst, const u8 *src, size_t len,
			      const u8 *aad, size_t aad_len, const u8 *iv, u8 *tag)
{
	aesgcm_encrypt(&g->ctx, dst, src, len, aad, aad_len, iv, tag);
	return 0;
}

static inline int gcm_decrypt(struct gcm_key *g, u8 *dst, const u8 *src, size_t len,
			      const u8 *aad, size_t aad_len, const u8 *iv, const u8 *tag)
{
	return aesgcm_decrypt(&g->ctx, dst, src, len, aad, aad_len, iv, tag) ? 0 : -EBADMSG;
}

#else /* !CONFIG_CRYPTO_LIB_AESGCM */

#include <crypto/aead.h>
#include <linux/mm.h>
#include <linux/scatterlist.h>

/*
 * The crypto API wants everything in one piece of the direct map: additional
 * data, text, tag.  One page holds the longest message.
 */
struct gcm_key {
	struct crypto_aead *tfm;
	struct aead_request *req;
	u8 *buf;
	u8 iv[GCM_IV_LEN] __aligned(16);
};

static inline void gcm_wipe(struct gcm_key *g)
{
	if (g->buf) {
		memzero_explicit(g->buf, PAGE_SIZE);
		free_page((unsigned long)g->buf);
	}
	aead_request_free(g->req);
	if (g->tfm)
		crypto_free_aead(g->tfm);	/* wipes the key */
	memzero_explicit(g, sizeof(*g));
}

static inline int gcm_init(struct gcm_key *g, const u8 *key)
{
	int rc;

	memset(g, 0, sizeof(*g));
	g->tfm = crypto_alloc_aead("gcm(aes)", 0, CRYPTO_ALG_ASYNC);
	if (IS_ERR(g->tfm)) {
		rc = PTR_ERR(g->tfm);
		g->tfm = NULL;
		return rc;
	}
	rc = crypto_aead_setkey(g->tfm, key, GCM_KEY_LEN);
	if (!rc)
		rc = crypto_aead_setauthsize(g->tfm, GCM_TAG_LEN);
	if (rc)
		goto err;
	rc = -ENOMEM;
	g->req = aead_request_alloc(g->tfm, GFP_KERNEL);
	g->buf = (u8 *)get_zeroed_page(GFP_KERNEL);
	if (!g->req || !g->buf)
		goto err;
	return 0;
err:
	gcm_wipe(g);
	return rc;
}

/* In place in g->buf; @len is the text, with the tag when decrypting. */
static inline void gcm_prepare(struct gcm_key *g, struct scatterlist *sg, size_t aad_len,
			       size_t len, const u8 *iv)
{
	sg_init_one(sg, g->buf, PAGE_SIZE);
	memcpy(g->iv, iv, GCM_IV_LEN);
	aead_request_set_callback(g->req, 0, NULL, NULL);
	aead_request_set_ad(g->req, aad_len);
	aead_request_set_crypt(g->req, sg, sg, len, g->iv);
}

static inline int gcm_encrypt(struct gcm_key *g, u8 *dst, const u8 *src, size_t len,
			      const u8 *aad, size_t aad_len, const u8 *iv, u8 *tag)
{
	struct scatterlist sg;
	int rc;

	if (aad_len + len + GCM_TAG_LEN > PAGE_SIZE)
		return -EINVAL;
	memcpy(g->buf, aad, aad_len);
	memcpy(g->buf + aad_len, src, len);
	gcm_prepare(g, &sg, aad_len, len, iv);
	rc = crypto_aead_encrypt(g->req);
	if (!rc) {
		memcpy(dst, g->buf + aad_len, len);
		memcpy(tag, g->buf + aad_len + len, GCM_TAG_LEN);
	}
	memzero_explicit(g->buf, PAGE_SIZE);
	return rc;
}

static inline int gcm_decrypt(struct gcm_key *g, u8 *dst, const u8 *src, size_t len,
			      const u8 *aad, size_t aad_len, const u8 *iv, const u8 *tag)
{
	struct scatterlist sg;
	int rc;

	if (aad_len + len + GCM_TAG_LEN > PAGE_SIZE)
		return -EINVAL;
	memcpy(g->buf, aad, aad_len);
	memcpy(g->buf + aad_len, src, len);
	memcpy(g->buf + aad_len + len, tag, GCM_TAG_LEN);
	gcm_prepare(g, &sg, aad_len, len + GCM_TAG_LEN, iv);
	rc = crypto_aead_decrypt(g->req);
	if (!rc)
		memcpy(dst, g->buf + aad_len, len);
	memzero_explicit(g->buf, PAGE_SIZE);
	return rc;
}

#endif /* CONFIG_CRYPTO_LIB_AESGCM */

#endif /* SNP_COMPAT_GCM_H */
