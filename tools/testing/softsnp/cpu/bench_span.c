// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counting between marks: the spans that are open, what happened in them, and
 * the files.  The marks file has one JSON object for each span, in the order of
 * their ends:
 *
 *   {"name": "...", "insns": N, "halts": N, "vcpu": [N, ...],
 *    "events": {"rmpupdate_0": N, ...},
 *    "vc": {"cpuid.0x1": {"n": N, "median": N, "min": N, "max": N}, ...},
 *    "calls": {...}}
 *
 * The profile has lines "span address count", instructions in blocks that begin
 * at this address, of all spans of a name together; and "span - count" with the
 * number of them.  A block that is left early counts in full.  Symbols stand
 * behind a line "symbols name bytes".
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "bench_stat.h"

#define SPANS_MAX	8
#define LISTS_MAX	32
#define PROFILES_MAX	64

struct event {
	char name[64];
	uint64_t n;
};

struct events {
	struct event *v;
	size_t nr;
	size_t room;
};

/* Samples of one name: #VCs of a kind, calls of a function. */
struct list {
	const char *kind;
	char name[BENCH_NAME_MAX];
	struct bench_samples samples;
};

static struct span {
	char name[BENCH_NAME_MAX];	/* empty: free */
	struct bench_now begin;
	struct events events;
	struct list list[LISTS_MAX];
	unsigned int nr_lists;
	struct profile *profile;
} spans[SPANS_MAX];

static struct profile {
	char name[BENCH_NAME_MAX];
	uint64_t spans;
	struct bench_histogram at;
} profiles[PROFILES_MAX];

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned int nr_open, nr_profiles;
static FILE *out, *profile;
static void (*source)(bench_emit emit);
static struct events *filling;

bool bench_spans_to(const char *path)
{
	out = fopen(path, "we");
	if (!out)
		cpu_log("marks: cannot open %s: %s", path, strerror(errno));
	return out;
}

bool bench_profiles_to(const char *path)
{
	profile = fopen(path, "we");
	if (!profile)
		cpu_log("marks: cannot open %s: %s", path, strerror(errno));
	return profile;
}

void bench_profile_symbols(const char *name, const char *text, size_t len)
{
	pthread_mutex_lock(&lock);
	fprintf(profile, "symbols %s %zu\n", name, len);
	fwrite(text, 1, len, profile);
	pthread_mutex_unlock(&lock);
}

bool bench_spans_open(void)
{
	return __atomic_load_n(&nr_open, __ATOMIC_RELAXED);
}

bool bench_profiling(void)
{
	return profile;
}

void bench_source(void (*fn)(bench_emit emit))
{
	source = fn;
}

static void emit_event(const char *name, uint64_t n)
{
	struct events *e = filling;

	if (e->nr == e->room) {
		e->room = e->room ? 2 * e->room : 256;
		e->v = realloc(e->v, e->room * sizeof(e->v[0]));
		if (!e->v)
			abort();
	}
	snprintf(e->v[e->nr].name, sizeof(e->v[0].name), "%s", name);
	e->v[e->nr++].n = n;
}

/* All counters as they are now. */
static struct events events_now(void)
{
	struct events e = {};

	filling = &e;
	count_each(emit_event);
	if (source)
		source(emit_event);
	filling = NULL;
	return e;
}

static uint64_t event_in(const struct events *e, const char *name)
{
	size_t i;

	for (i = 0; i < e->nr; i++)
		if (!strcmp(e->v[i].name, name))
			return e->v[i].n;
	return 0;
}

static struct span *find_span(const char *name)
{
	unsigned int i;

	for (i = 0; i < SPANS_MAX; i++)
		if (!strcmp(spans[i].name, name))
			return &spans[i];
	return NULL;
}

static struct profile *find_profile(const char *name)
{
	unsigned int i;

	for (i = 0; i < nr_profiles; i++)
		if (!strcmp(profiles[i].name, name))
			return &profiles[i];
	if (nr_profiles == PROFILES_MAX)
		return NULL;
	snprintf(profiles[nr_profiles].name, BENCH_NAME_MAX, "%s", name);
	return &profiles[nr_profiles++];
}

void bench_span_begin(const char *name, const struct bench_now *now)
{
	struct span *s;

	pthread_mutex_lock(&lock);
	if (find_span(name)) {
		cpu_log("marks: span %s begins a second time", name);
		goto out;
	}
	s = find_span("");
	if (!s) {
		cpu_log("marks: no more than %d spans can be open", SPANS_MAX);
		goto out;
	}
	snprintf(s->name, sizeof(s->name), "%s", name);
	s->begin = *now;
	s->events = events_now();
	s->profile = profile ? find_profile(name) : NULL;
	if (s->profile)
		s->profile->spans++;
	__atomic_add_fetch(&nr_open, 1, __ATOMIC_RELAXED);
out:
	pthread_mutex_unlock(&lock);
}

static void write_lists(struct span *s, const char *kind)
{
	const char *sep = "";
	unsigned int i;

	fprintf(out, ", \"%s\": {", kind);
	for (i = 0; i < s->nr_lists; i++) {
		struct bench_samples *v = &s->list[i].samples;
		uint64_t median = bench_samples_median(v);

		if (s->list[i].kind != kind)
			continue;
		fprintf(out, "%s\"%s\": {\"n\": %zu, \"median\": %llu, \"min\": %llu, \"max\": %llu}",
			sep, s->list[i].name, v->nr, (unsigned long long)median,
			(unsigned long long)v->v[0], (unsigned long long)v->v[v->nr - 1]);
		sep = ", ";
	}
	fputs("}", out);
}

static const char *const kinds[] = { [BENCH_VC] = "vc", [BENCH_CALL] = "calls" };

static void write_span(struct span *s, const struct bench_now *now)
{
	struct events events = events_now();
	uint64_t here[CPU_MAX], sum = 0, n;
	const char *sep = "";
	unsigned int cpu;
	size_t i;

	for (cpu = 0; cpu < cpu_count(); cpu++) {
		here[cpu] = now->insns[cpu] - s->begin.insns[cpu];
		sum += here[cpu];
	}
	fprintf(out, "{\"name\": \"%s\", \"insns\": %llu, \"halts\": %llu, \"vcpu\": [", s->name,
		(unsigned long long)sum, (unsigned long long)(now->halts - s->begin.halts));
	for (cpu = 0; cpu < cpu_count(); cpu++)
		fprintf(out, "%s%llu", cpu ? ", " : "", (unsigned long long)here[cpu]);
	fputs("], \"events\": {", out);
	for (i = 0; i < events.nr; i++) {
		n = events.v[i].n - event_in(&s->events, events.v[i].name);
		if (!n)
			continue;
		fprintf(out, "%s\"%s\": %llu", sep, events.v[i].name, (unsigned long long)n);
		sep = ", ";
	}
	fputs("}", out);
	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		write_lists(s, kinds[i]);
	fputs("}\n", out);
	fflush(out);
	free(events.v);
}

void bench_span_end(const char *name, const struct bench_now *now)
{
	struct span *s;
	unsigned int i;

	pthread_mutex_lock(&lock);
	s = find_span(name);
	if (!s) {
		cpu_log("marks: span %s ends and has not begun", name);
		goto out;
	}
	write_span(s, now);
	for (i = 0; i < s->nr_lists; i++)
		bench_samples_free(&s->list[i].samples);
	free(s->events.v);
	memset(s, 0, sizeof(*s));
	__atomic_sub_fetch(&nr_open, 1, __ATOMIC_RELAXED);
out:
	pthread_mutex_unlock(&lock);
}

static struct list *find_list(struct span *s, const char *kind, const char *name)
{
	struct list *l;
	unsigned int i;

	for (i = 0; i < s->nr_lists; i++)
		if (s->list[i].kind == kind && !strcmp(s->list[i].name, name))
			return &s->list[i];
	if (s->nr_lists == LISTS_MAX)
		return NULL;
	l = &s->list[s->nr_lists++];
	l->kind = kind;
	snprintf(l->name, sizeof(l->name), "%s", name);
	return l;
}

void bench_span_sample(enum bench_kind kind, const char *name, uint64_t insns)
{
	struct list *l;
	unsigned int i;

	pthread_mutex_lock(&lock);
	for (i = 0; i < SPANS_MAX; i++) {
		if (!spans[i].name[0])
			continue;
		l = find_list(&spans[i], kinds[kind], name);
		if (l)
			bench_samples_add(&l->samples, insns);
	}
	pthread_mutex_unlock(&lock);
}

void bench_span_step(uint64_t va, unsigned int nr_insns)
{
	unsigned int i;

	pthread_mutex_lock(&lock);
	for (i = 0; i < SPANS_MAX; i++)
		if (spans[i].name[0] && spans[i].profile)
			bench_histogram_add(&spans[i].profile->at, va, nr_insns);
	pthread_mutex_unlock(&lock);
}

static void write_profile(const struct profile *p)
{
	size_t i;

	fprintf(profile, "%s - %llu\n", p->name, (unsigned long long)p->spans);
	for (i = 0; i < p->at.room; i++)
		if (p->at.bin[i].n)
			fprintf(profile, "%s %llx %llu\n", p->name,
				(unsigned long long)p->at.bin[i].key,
				(unsigned long long)p->at.bin[i].n);
}

void bench_end(void)
{
	unsigned int i;

	for (i = 0; i < SPANS_MAX; i++)
		if (spans[i].name[0])
			cpu_log("marks: span %s has no end", spans[i].name);
	for (i = 0; i < nr_profiles; i++)
		write_profile(&profiles[i]);
	if ((profile && fclose(profile)) || (out && fclose(out)))
		cpu_log("marks: what was counted cannot be written: %s", strerror(errno));
}
