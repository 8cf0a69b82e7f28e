// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counting between marks: the parts that do not need QEMU.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mark.h>

#include "bench_stat.h"

#define MARK_LEN	8

unsigned int bench_mark(const struct insn *in)
{
	static const uint8_t opcode[] = { 0x0f, 0x1f, 0x84, 0x00 };
	uint32_t disp;

	if (in->len != MARK_LEN || memcmp(in->bytes, opcode, sizeof(opcode)))
		return 0;
	memcpy(&disp, in->bytes + sizeof(opcode), sizeof(disp));
	switch (disp) {
	case SOFTSNP_MARK_MAGIC + SOFTSNP_MARK_BEGIN:
	case SOFTSNP_MARK_MAGIC + SOFTSNP_MARK_END:
	case SOFTSNP_MARK_MAGIC + SOFTSNP_MARK_WATCH:
	case SOFTSNP_MARK_MAGIC + SOFTSNP_MARK_SYMBOLS:
		return disp - SOFTSNP_MARK_MAGIC;
	}
	return 0;
}

bool bench_name_ok(const char *name, size_t size)
{
	size_t len = strnlen(name, size), i;

	if (!len || len == size || len >= BENCH_NAME_MAX)
		return false;
	for (i = 0; i < len; i++)
		if (!(name[i] >= 'a' && name[i] <= 'z') && !(name[i] >= 'A' && name[i] <= 'Z') &&
		    !(name[i] >= '0' && name[i] <= '9') && !strchr("._-/:", name[i]))
			return false;
	return true;
}

void bench_samples_add(struct bench_samples *s, uint64_t v)
{
	if (s->nr == s->room) {
		s->room = s->room ? 2 * s->room : 64;
		s->v = realloc(s->v, s->room * sizeof(s->v[0]));
		if (!s->v)
			abort();
	}
	s->v[s->nr++] = v;
}

void bench_samples_free(struct bench_samples *s)
{
	free(s->v);
	memset(s, 0, sizeof(*s));
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

uint64_t bench_samples_median(struct bench_samples *s)
{
	if (!s->nr)
		return 0;
	qsort(s->v, s->nr, sizeof(s->v[0]), compare);
	return s->v[(s->nr - 1) / 2];
}

static struct bench_bin *find_bin(const struct bench_histogram *h, uint64_t key)
{
	size_t at = (key * 0x9e3779b97f4a7c15ULL) >> 20 & (h->room - 1);

	while (h->bin[at].n && h->bin[at].key != key)
		at = (at + 1) & (h->room - 1);
	return &h->bin[at];
}

static void grow(struct bench_histogram *h)
{
	struct bench_histogram bigger = { .room = h->room ? 2 * h->room : 1024 };
	size_t i;

	bigger.bin = calloc(bigger.room, sizeof(bigger.bin[0]));
	if (!bigger.bin)
		abort();
	for (i = 0; i < h->room; i++)
		if (h->bin[i].n)
			*find_bin(&bigger, h->bin[i].key) = h->bin[i];
	bigger.nr = h->nr;
	free(h->bin);
	*h = bigger;
}

void bench_histogram_add(struct bench_histogram *h, uint64_t key, uint64_t n)
{
	struct bench_bin *bin;

	if (2 * h->nr >= h->room)
		grow(h);
	bin = find_bin(h, key);
	if (!bin->n) {
		bin->key = key;
		h->nr++;
	}
	bin->n += n;
}

uint64_t bench_histogram_get(const struct bench_histogram *h, uint64_t key)
{
	return h->room ? find_bin(h, key)->n : 0;
}

void bench_histogram_free(struct bench_histogram *h)
{
	free(h->bin);
	memset(h, 0, sizeof(*h));
}

void bench_exit_name(char name[BENCH_NAME_MAX], const struct insn *in, uint32_t eax, bool user)
{
	const char *suffix = user ? ".user" : "";
	uint8_t op = in->bytes[in->opcode_at];
	unsigned int size;

	switch (in->kind) {
	case INSN_CPUID:
		snprintf(name, BENCH_NAME_MAX, "cpuid.%#x%s", eax, suffix);
		break;
	case INSN_IOIO:
		size = !(op & 1) ? 1 : in->opsize16 ? 2 : 4;
		snprintf(name, BENCH_NAME_MAX, "%s%s%u%s", op & 2 ? "out" : "in",
			 (op & 0xfc) == 0x6c ? "s" : "", size, suffix);
		break;
	default:
		snprintf(name, BENCH_NAME_MAX, "%s%s", insn_name(in->kind), suffix);
	}
}
