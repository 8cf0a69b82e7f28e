// SPDX-License-Identifier: GPL-2.0-only
/*
 * AMD's certificate extensions: what a VCEK says about the chip and the TCB
 * that it belongs to (57230, object identifiers).
 */
#include <string.h>

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/objects.h>

#include "chain.h"

#define AMD_ARC		"1.3.6.1.4.1.3704.1"
#define OID_STRUCTURE	AMD_ARC ".1"
#define OID_PRODUCT	AMD_ARC ".2"
#define OID_SPL(n)	AMD_ARC ".3." #n
#define OID_HWID	AMD_ARC ".4"

/* Does vcek_read() read this one?  Then it may be marked critical. */
bool vcek_owns_extension(const ASN1_OBJECT *oid)
{
	static const char *const known[] = {
		OID_STRUCTURE, OID_PRODUCT, OID_SPL(1), OID_SPL(2), OID_SPL(3), OID_SPL(4),
		OID_SPL(5), OID_SPL(6), OID_SPL(7), OID_SPL(8), OID_SPL(9), OID_HWID,
	};
	char text[64];
	int n = OBJ_obj2txt(text, sizeof(text), oid, 1);
	size_t i;

	if (n <= 0 || (size_t)n >= sizeof(text))
		return false;
	for (i = 0; i < ARRAY_SIZE(known); i++)
		if (!strcmp(text, known[i]))
			return true;
	return false;
}

/* The value of the one extension with this OID; NULL without a reason if there is none. */
static const ASN1_OCTET_STRING *find(const X509 *cert, const char *oid, struct reason *why)
{
	ASN1_OBJECT *obj = OBJ_txt2obj(oid, 1);
	const ASN1_OCTET_STRING *value = NULL;
	int at = -1;

	why->text[0] = '\0';
	if (!obj) {
		refuse(why, "out of memory");
		return NULL;
	}
	at = X509_get_ext_by_OBJ(cert, obj, -1);
	if (at >= 0 && X509_get_ext_by_OBJ(cert, obj, at) >= 0)
		refuse(why, "the VCEK carries extension %s twice", oid);
	else if (at >= 0)
		value = X509_EXTENSION_get_data(X509_get_ext(cert, at));
	ASN1_OBJECT_free(obj);
	return value;
}

static bool read_integer(const X509 *cert, const char *oid, const char *what, uint8_t *out,
			 bool *present, struct reason *why)
{
	const ASN1_OCTET_STRING *value = find(cert, oid, why);
	const unsigned char *p, *end;
	ASN1_INTEGER *number;
	int64_t n = -1;

	*out = 0;
	if (!value) {
		if (why->text[0])
			return false;
		if (!present)
			return refuse(why, "the VCEK does not state its %s", what);
		*present = false;
		return true;
	}
	p = ASN1_STRING_get0_data(value);
	end = p + ASN1_STRING_length(value);
	number = d2i_ASN1_INTEGER(NULL, &p, end - p);
	if (!number || p != end || !ASN1_INTEGER_get_int64(&n, number))
		n = -1;
	ASN1_INTEGER_free(number);
	ERR_clear_error();
	if (n < 0 || n > 255)
		return refuse(why, "the VCEK's %s is not a number from 0 to 255", what);
	*out = n;
	if (present)
		*present = true;
	return true;
}

static bool read_product(struct vcek_facts *leaf, const X509 *cert, struct reason *why)
{
	const ASN1_OCTET_STRING *value = find(cert, OID_PRODUCT, why);
	const unsigned char *p, *end;
	ASN1_IA5STRING *name;
	bool good;
	int len;

	if (!value)
		return why->text[0] ? false : refuse(why, "the VCEK does not name a product");
	p = ASN1_STRING_get0_data(value);
	end = p + ASN1_STRING_length(value);
	name = d2i_ASN1_IA5STRING(NULL, &p, end - p);
	len = name ? ASN1_STRING_length(name) : 0;
	good = name && p == end && len > 0 && (size_t)len < sizeof(leaf->product_name);
	if (good)
		printable(leaf->product_name, sizeof(leaf->product_name),
			  ASN1_STRING_get0_data(name), len);
	ASN1_IA5STRING_free(name);
	ERR_clear_error();
	return good ? true : refuse(why, "the VCEK's product name is malformed");
}

/* In practice the bytes stand there bare; an OCTET STRING around them is accepted. */
static bool read_hwid(struct vcek_facts *leaf, const X509 *cert, struct reason *why)
{
	const ASN1_OCTET_STRING *value = find(cert, OID_HWID, why);
	const unsigned char *p;
	size_t len;

	if (!value)
		return why->text[0] ? false : refuse(why, "the VCEK does not state a HWID");
	p = ASN1_STRING_get0_data(value);
	len = ASN1_STRING_length(value);
	if ((len == 64 + 2 || len == 8 + 2) && p[0] == V_ASN1_OCTET_STRING && p[1] == len - 2) {
		p += 2;
		len -= 2;
	}
	if (len != 64 && len != 8)
		return refuse(why, "the VCEK's HWID is %zu bytes long instead of 64 or 8", len);
	memcpy(leaf->hwid, p, len);
	leaf->hwid_len = len;
	return true;
}

/* Levels that no TCB layout has a place for: a non-zero one could not be compared. */
static bool reserved_levels_zero(const X509 *cert, struct reason *why)
{
	static const char *const oid[] = { OID_SPL(4), OID_SPL(5), OID_SPL(6), OID_SPL(7) };
	bool present;
	uint8_t level;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(oid); i++) {
		if (!read_integer(cert, oid[i], "reserved patch level", &level, &present, why))
			return false;
		if (level)
			return refuse(why, "the VCEK sets a reserved patch level (%s)", oid[i]);
	}
	return true;
}

/**
 * vcek_read() - read what a VCEK certifies
 * @leaf: receives it
 * @cert: the certificate; its signature is the caller's business
 * @why: receives the first defect
 *
 * Return: true when everything that a VCEK must state is there, once, and well
 * formed.
 */
bool vcek_read(struct vcek_facts *leaf, const X509 *cert, struct reason *why)
{
	*leaf = (struct vcek_facts){};
	if (!read_integer(cert, OID_STRUCTURE, "structure version", &leaf->structure, NULL, why))
		return false;
	if (leaf->structure > 1)
		return refuse(why, "the VCEK's structure version is %u, not 0 or 1",
			      leaf->structure);
	return read_product(leaf, cert, why) &&
	       read_integer(cert, OID_SPL(1), "bootloader level", &leaf->tcb.bootloader,
			    NULL, why) &&
	       read_integer(cert, OID_SPL(2), "TEE level", &leaf->tcb.tee, NULL, why) &&
	       read_integer(cert, OID_SPL(3), "SNP level", &leaf->tcb.snp, NULL, why) &&
	       read_integer(cert, OID_SPL(8), "microcode level", &leaf->tcb.microcode,
			    NULL, why) &&
	       read_integer(cert, OID_SPL(9), "FMC level", &leaf->tcb.fmc, &leaf->has_fmc, why) &&
	       reserved_levels_zero(cert, why) &&
	       read_hwid(leaf, cert, why);
}
