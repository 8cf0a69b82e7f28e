/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * AES-256-GCM with a 12-byte IV and a 16-byte tag, in place and without an
 * allocation per message, by the kernel's own code.  It has two kinds:
 *
 * - "gcm(aes)" of the crypto API.  The implementations for x86 (aesni-intel, on
 *   EPYC the VAES one) do a whole message between one kernel_fpu_begin() and
 *   kernel_fpu_end().
 * - The AES-GCM library, which is built into newer kernels.  It turns the FPU on
 *   and off for each block of 16 bytes: eight times the instructions for a
 *   report.  But it needs no module, so it is there in any initramfs.
 *
 * Hence the first one where its module is loaded or modprobe finds it, else the
 * library.  The crypto API's generic template is not worth it: it computes by the
 * same library, or with tables that leak through the caches.  Only a kernel
 * without the library gets it.
 *
 * Never an asynchronous implementation or one that is a device: what computes
 * outside this guest's private memory would show the messages to the hypervisor.
 */
#ifndef SNP_COMPAT_GCM_H
#define SNP_COMPAT_GCM_H

#include <crypto/aead.h>
#include <linux/errno.h>
#include <linux/kconfig.h>
#include <linux/scatterlist.h>
#include <linux/string.h>
#include <linux/types.h>

#define GCM_KEY_LEN	32
#define GCM_IV_LEN	12
#define GCM_TAG_LEN	16

/* What the names of the generic template's instances begin with. */
#define GCM_TEMPLATE	"gcm_base("

#if IS_ENABLED(CONFIG_CRYPTO_LIB_AESGCM)

#include <crypto/gcm.h>

struct gcm_lib_key {
	struct aesgcm_ctx ctx;
};

static inline int gcm_lib_init(struct gcm_lib_key *k, const u8 *key)
{
	return aesgcm_expandkey(&k->ctx, key, GCM_KEY_LEN, GCM_TAG_LEN);
}

static inline int gcm_lib_encrypt(struct gcm_lib_key *k, u8 *msg, size_t aad_len, size_t len,
				  const u8 *iv, u8 *tag)
{
	aesgcm_encrypt(&k->ctx, msg + aad_len, msg + aad_len, len, msg, aad_len, iv, tag);
	return 0;
}

static inline int gcm_lib_decrypt(struct gcm_lib_key *k, u8 *msg, size_t aad_len, size_t len,
				  const u8 *iv, const u8 *tag)
{
	return aesgcm_decrypt(&k->ctx, msg + aad_len, msg + aad_len, len, msg, aad_len, iv,
			      tag) ? 0 : -EBADMSG;
}

#else /* !CONFIG_CRYPTO_LIB_AESGCM */

struct gcm_lib_key {};

static inline int gcm_lib_init(struct gcm_lib_key *k, const u8 *key)
{
	return -ENOENT;
}

static inline int gcm_lib_encrypt(struct gcm_lib_key *k, u8 *msg, size_t aad_len, size_t len,
				  const u8 *iv, u8 *tag)
{
	return -ENOENT;
}

static inline int gcm_lib_decrypt(struct gcm_lib_key *k, u8 *msg, size_t aad_len, size_t len,
				  const u8 *iv, const u8 *tag)
{
	return -ENOENT;
}

#endif /* CONFIG_CRYPTO_LIB_AESGCM */

/**
 * struct gcm_key - an expanded key
 * @tfm: of the crypto API; NULL: the library computes
 * @req: request of @tfm, one at a time
 * @lib: key of the library
 */
struct gcm_key {
	struct crypto_aead *tfm;
	struct aead_request *req;
	struct gcm_lib_key lib;
};

/* Whether the crypto API computes; a kernel without it has no code for that. */
static inline bool gcm_by_api(const struct gcm_key *g)
{
	return IS_REACHABLE(CONFIG_CRYPTO_AEAD2) && g->tfm;
}

/**
 * gcm_wipe() - forget a key
 * @g: the key; all zero afterwards, and that again is no error
 */
static inline void gcm_wipe(struct gcm_key *g)
{
	if (gcm_by_api(g)) {
		aead_request_free(g->req);
		crypto_free_aead(g->tfm);	/* wipes the key */
	}
	memzero_explicit(g, sizeof(*g));
}

static inline bool gcm_api_fits(struct crypto_aead *tfm)
{
	return !IS_ENABLED(CONFIG_CRYPTO_LIB_AESGCM) ||
	       strncmp(crypto_tfm_alg_driver_name(crypto_aead_tfm(tfm)), GCM_TEMPLATE,
		       strlen(GCM_TEMPLATE));
}

static inline int gcm_api_init(struct gcm_key *g, const u8 *key)
{
	int rc;

	if (!IS_REACHABLE(CONFIG_CRYPTO_AEAD2))
		return -ENOENT;
	g->tfm = crypto_alloc_aead("gcm(aes)", 0,
				   CRYPTO_ALG_ASYNC | CRYPTO_ALG_KERN_DRIVER_ONLY);
	if (IS_ERR(g->tfm)) {
		rc = PTR_ERR(g->tfm);
		g->tfm = NULL;
		return rc;
	}
	rc = -ENOENT;
	if (!gcm_api_fits(g->tfm))
		goto err;
	rc = crypto_aead_setkey(g->tfm, key, GCM_KEY_LEN);
	if (!rc)
		rc = crypto_aead_setauthsize(g->tfm, GCM_TAG_LEN);
	if (rc)
		goto err;
	rc = -ENOMEM;
	g->req = aead_request_alloc(g->tfm, GFP_KERNEL);
	if (g->req)
		return 0;
err:
	gcm_wipe(g);
	return rc;
}

/**
 * gcm_init() - expand a key
 * @g: the result, to be wiped by gcm_wipe(); all zero on failure
 * @key: the key, GCM_KEY_LEN bytes
 *
 * Context: process context, may sleep and run modprobe.
 * Return: 0; -ENOENT when there is no AES-GCM, or another negative errno.
 */
static inline int gcm_init(struct gcm_key *g, const u8 *key)
{
	int rc;

	memset(g, 0, sizeof(*g));
	rc = gcm_api_init(g, key);
	if (rc && IS_ENABLED(CONFIG_CRYPTO_LIB_AESGCM))
		rc = gcm_lib_init(&g->lib, key);
	return rc;
}

/* To the crypto API the tag stands behind the text; a guest message has it elsewhere. */
static inline void gcm_api_prepare(struct gcm_key *g, struct scatterlist sg[2], u8 *msg,
				   size_t aad_len, size_t len, u8 *tag)
{
	sg_init_table(sg, 2);
	sg_set_buf(&sg[0], msg, aad_len + len);
	sg_set_buf(&sg[1], tag, GCM_TAG_LEN);
	aead_request_set_callback(g->req, 0, NULL, NULL);
	aead_request_set_ad(g->req, aad_len);
}

/**
 * gcm_encrypt() - encrypt in place
 * @g: the key
 * @msg: additional data and behind it the text, within one page of the direct map
 * @aad_len: length of the additional data in bytes
 * @len: length of the text in bytes
 * @iv: initialisation vector, GCM_IV_LEN bytes
 * @tag: the result, GCM_TAG_LEN bytes of the direct map
 *
 * Context: process context; one message at a time.
 * Return: 0 or a negative errno; the text is of no use then.
 */
static inline int gcm_encrypt(struct gcm_key *g, u8 *msg, size_t aad_len, size_t len, u8 *iv,
			      u8 *tag)
{
	struct scatterlist sg[2];

	if (!gcm_by_api(g))
		return gcm_lib_encrypt(&g->lib, msg, aad_len, len, iv, tag);
	gcm_api_prepare(g, sg, msg, aad_len, len, tag);
	aead_request_set_crypt(g->req, sg, sg, len, iv);
	return crypto_aead_encrypt(g->req);
}

/**
 * gcm_decrypt() - check and decrypt in place
 * @g: the key
 * @msg: additional data and behind it the text, within one page of the direct map
 * @aad_len: length of the additional data in bytes
 * @len: length of the text in bytes
 * @iv: initialisation vector, GCM_IV_LEN bytes
 * @tag: what is to be checked, GCM_TAG_LEN bytes of the direct map
 *
 * Context: process context; one message at a time.
 * Return: 0; -EBADMSG when the tag is wrong, or another negative errno; the text
 *	is zero then.
 */
static inline int gcm_decrypt(struct gcm_key *g, u8 *msg, size_t aad_len, size_t len, u8 *iv,
			      u8 *tag)
{
	struct scatterlist sg[2];
	int rc;

	if (gcm_by_api(g)) {
		gcm_api_prepare(g, sg, msg, aad_len, len, tag);
		aead_request_set_crypt(g->req, sg, sg, len + GCM_TAG_LEN, iv);
		rc = crypto_aead_decrypt(g->req);
	} else {
		rc = gcm_lib_decrypt(&g->lib, msg, aad_len, len, iv, tag);
	}
	/* The crypto API decrypts first. */
	if (rc)
		memzero_explicit(msg + aad_len, len);
	return rc;
}

#endif /* SNP_COMPAT_GCM_H */
