// SPDX-License-Identifier: GPL-2.0-only
/*
 * Faults on demand.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "../asp/asp.h"
#include "fault.h"
#include "log.h"
#include "util.h"

#define FAULT_MAX	32
#define STUCK_MAX	64
#define ANY_COMMAND	0xffffffffU
#define DELAY_MAX_MS	600000UL
#define COUNT_MAX	1000000000UL

enum kind {
	TIMEOUT,
	STATUS,
	DEAD,
	IRQ_LOST,
	IRQ_SPURIOUS,
	SLOW,
	STUCK_PAGE,
	RMPUPDATE_OVERLAP,
};

/* What follows the name, in this order. */
#define HAS_CMD		BIT(0)
#define HAS_STATUS	BIT(1)
#define HAS_MS		BIT(2)
#define HAS_N		BIT(3)	/* optional, 1 without it */
#define NEEDS_N		BIT(4)

static const struct {
	const char *name;
	unsigned int has;
} kinds[] = {
	[TIMEOUT]		= { "timeout", HAS_CMD | HAS_N },
	[STATUS]		= { "status", HAS_CMD | HAS_STATUS | HAS_N },
	[DEAD]			= { "dead", HAS_N },
	[IRQ_LOST]		= { "irq-lost", HAS_N },
	[IRQ_SPURIOUS]		= { "irq-spurious", HAS_N },
	[SLOW]			= { "slow", HAS_CMD | HAS_MS },
	[STUCK_PAGE]		= { "stuck-page", HAS_N },
	[RMPUPDATE_OVERLAP]	= { "rmpupdate-overlap", HAS_N | NEEDS_N },
};

struct fault {
	enum kind kind;
	uint32_t cmd;
	uint32_t value;		/* status or milliseconds */
	unsigned long n;	/* the Nth, or N times */
};

struct faults {
	struct softsnp_shared *shared;
	pthread_mutex_t lock;		/* everything below */
	struct fault fault[FAULT_MAX];
	unsigned int nr;
	uint64_t stuck_pfn[STUCK_MAX];
	unsigned int nr_stuck;
	bool dead;
};

struct faults *faults_new(struct softsnp_shared *shared)
{
	struct faults *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->shared = shared;
	pthread_mutex_init(&f->lock, NULL);
	return f;
}

void faults_free(struct faults *f)
{
	if (!f)
		return;
	pthread_mutex_destroy(&f->lock);
	free(f);
}

/* Reading a SPEC. */

/* The next word of @spec, up to a colon or the end; false: there is none. */
static bool next_word(const char **spec, char *word, size_t size)
{
	size_t len = strcspn(*spec, ":");

	if (!len || len >= size)
		return false;
	memcpy(word, *spec, len);
	word[len] = 0;
	*spec += len;
	return true;
}

static bool number(const char *text, unsigned long max, unsigned long *value)
{
	char *end;

	errno = 0;
	*value = strtoul(text, &end, 0);
	return *text >= '0' && *text <= '9' && !*end && !errno && *value <= max;
}

static bool find_command(const char *name, uint32_t *cmd)
{
	const uint32_t max = FIELD_GET(SNP_CMDRESP_CMD, SNP_CMDRESP_CMD);
	unsigned long n;
	uint32_t id;

	if (!strcmp(name, "ANY")) {
		*cmd = ANY_COMMAND;
		return true;
	}
	for (id = 1; id <= max; id++) {
		if (!strcmp(asp_cmd_name(id), name)) {
			*cmd = id;
			return true;
		}
	}
	if (!number(name, max, &n))
		return false;
	*cmd = n;
	return true;
}

static bool find_status(const char *name, uint32_t *status)
{
	unsigned long n;
	uint32_t code;

	if (number(name, FIELD_GET(SNP_CMDRESP_STATUS, SNP_CMDRESP_STATUS), &n)) {
		*status = n;
		return true;
	}
	for (code = 0; code < 0x100; code++) {
		if (!strcmp(snp_fw_status_name(code), name)) {
			*status = code;
			return true;
		}
	}
	return false;
}

/* One more argument of the form ":WORD". */
static bool argument(const char **spec, char *word, size_t size)
{
	if (**spec != ':')
		return false;
	(*spec)++;
	return next_word(spec, word, size);
}

static const char *parse_arguments(const char *spec, unsigned int has, struct fault *f)
{
	unsigned long n;
	char word[64];

	if (has & HAS_CMD && (!argument(&spec, word, sizeof(word)) ||
			      !find_command(word, &f->cmd)))
		return "the fault names a command that does not exist";
	if (has & HAS_STATUS && (!argument(&spec, word, sizeof(word)) ||
				 !find_status(word, &f->value)))
		return "the fault names a status that does not exist";
	if (has & HAS_MS) {
		if (!argument(&spec, word, sizeof(word)) || !number(word, DELAY_MAX_MS, &n))
			return "the fault's MS is no number of milliseconds up to 600000";
		f->value = n;
	}
	f->n = 0;
	if (has & HAS_N && *spec) {
		if (!argument(&spec, word, sizeof(word)) || !number(word, COUNT_MAX, &f->n) ||
		    !f->n)
			return "the fault's N is not a count";
	}
	if (has & NEEDS_N && !f->n)
		return "the fault needs a count";
	return *spec ? "the fault has an argument too many" : NULL;
}

static const char *parse(const char *spec, struct fault *f)
{
	char word[32];
	unsigned int i;

	if (!next_word(&spec, word, sizeof(word)))
		return "the fault has no name";
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (!strcmp(kinds[i].name, word)) {
			*f = (struct fault) { .kind = i };
			return parse_arguments(spec, kinds[i].has, f);
		}
	}
	return "no fault has that name";
}

const char *fault_add(struct faults *f, const char *spec)
{
	const char *why;
	struct fault new;

	why = parse(spec, &new);
	if (why)
		return why;

	/* Without N it is dead now; with N once that many commands have come. */
	if (new.kind == DEAD && !new.n) {
		__atomic_store_n(&f->dead, true, __ATOMIC_RELEASE);
		return NULL;
	}
	if (new.kind == RMPUPDATE_OVERLAP) {
		if (!f->shared)
			return "there is no CPU model to do that";
		__atomic_add_fetch(&f->shared->rmpupdate_overlaps, new.n, __ATOMIC_RELEASE);
		return NULL;
	}
	if (!new.n)
		new.n = 1;

	pthread_mutex_lock(&f->lock);
	if (f->nr < FAULT_MAX)
		f->fault[f->nr++] = new;
	else
		why = "too many faults";
	pthread_mutex_unlock(&f->lock);
	return why;
}

void fault_clear(struct faults *f)
{
	pthread_mutex_lock(&f->lock);
	f->nr = 0;
	f->nr_stuck = 0;
	pthread_mutex_unlock(&f->lock);
	__atomic_store_n(&f->dead, false, __ATOMIC_RELEASE);
	if (f->shared)
		__atomic_store_n(&f->shared->rmpupdate_overlaps, 0, __ATOMIC_RELEASE);
}

static void print_fault(const struct fault *t, FILE *out)
{
	unsigned int has = kinds[t->kind].has;

	fputs(kinds[t->kind].name, out);
	if (has & HAS_CMD && t->cmd == ANY_COMMAND)
		fputs(":ANY", out);
	else if (has & HAS_CMD)
		fprintf(out, ":0x%x", t->cmd);
	if (has & HAS_STATUS)
		fprintf(out, ":0x%x", t->value);
	if (has & HAS_MS)
		fprintf(out, ":%u", t->value);
	if (has & HAS_N)
		fprintf(out, ":%lu", t->n);
	if (has & HAS_CMD && t->cmd != ANY_COMMAND)
		fprintf(out, " # %s", asp_cmd_name(t->cmd));
	fputc('\n', out);
}

void fault_list(struct faults *f, FILE *out)
{
	uint64_t overlaps = 0;
	unsigned int i;

	if (fault_dead(f))
		fputs("dead\n", out);
	pthread_mutex_lock(&f->lock);
	for (i = 0; i < f->nr; i++)
		print_fault(&f->fault[i], out);
	for (i = 0; i < f->nr_stuck; i++)
		fprintf(out, "# stuck: page at 0x%llx\n",
			(unsigned long long)f->stuck_pfn[i] << SNP_PAGE_SHIFT);
	pthread_mutex_unlock(&f->lock);
	if (f->shared)
		overlaps = __atomic_load_n(&f->shared->rmpupdate_overlaps, __ATOMIC_ACQUIRE);
	if (overlaps)
		fprintf(out, "rmpupdate-overlap:%llu\n", (unsigned long long)overlaps);
}

/* Playing them. */

bool fault_dead(const struct faults *f)
{
	return __atomic_load_n(&f->dead, __ATOMIC_ACQUIRE);
}

/* Under the lock: fault @i has been used up. */
static void drop(struct faults *f, unsigned int i)
{
	memmove(&f->fault[i], &f->fault[i + 1], (--f->nr - i) * sizeof(f->fault[0]));
}

/*
 * Under the lock, for a fault that concerns the command; true when it is to be
 * dropped.  Nth: one command, or all from it on.  N times: each until none is left.
 */
static bool play(struct faults *f, struct fault *t, struct fault_plan *plan)
{
	switch (t->kind) {
	case TIMEOUT:
		if (t->n > 1)
			t->n--;
		else
			plan->no_answer = true;
		return false;
	case DEAD:
		if (--t->n)
			return false;
		__atomic_store_n(&f->dead, true, __ATOMIC_RELEASE);
		return true;
	case STATUS:
		if (--t->n)
			return false;
		plan->refuse = true;
		plan->status = t->value;
		return true;
	case IRQ_LOST:
		plan->lose_irq = true;
		return !--t->n;
	case IRQ_SPURIOUS:
		plan->spurious = true;
		return !--t->n;
	case SLOW:
		plan->delay_ms += t->value;
		return false;
	case STUCK_PAGE:
	case RMPUPDATE_OVERLAP:
		break;
	}
	return false;
}

struct fault_plan fault_next(struct faults *f, uint32_t cmd)
{
	struct fault_plan plan = { 0 };
	struct fault *t;
	unsigned int i = 0;

	pthread_mutex_lock(&f->lock);
	while (i < f->nr) {
		t = &f->fault[i];
		if (kinds[t->kind].has & HAS_CMD && t->cmd != ANY_COMMAND && t->cmd != cmd)
			i++;
		else if (play(f, t, &plan))
			drop(f, i);
		else
			i++;
	}
	pthread_mutex_unlock(&f->lock);
	if (fault_dead(f))
		plan.no_answer = true;
	return plan;
}

bool fault_sticks(struct faults *f, uint64_t pfn, bool firmware)
{
	bool sticks = false;
	unsigned int i;

	pthread_mutex_lock(&f->lock);
	for (i = 0; i < f->nr_stuck && !sticks; i++)
		sticks = f->stuck_pfn[i] == pfn;
	for (i = 0; i < f->nr && !sticks && firmware; i++) {
		if (f->fault[i].kind != STUCK_PAGE || f->nr_stuck == STUCK_MAX)
			continue;
		if (!--f->fault[i].n) {
			drop(f, i);
			f->stuck_pfn[f->nr_stuck++] = pfn;
			sticks = true;
		}
	}
	pthread_mutex_unlock(&f->lock);
	return sticks;
}

const char *fault_control(void *faults, const char *line, FILE *out)
{
	struct faults *f = faults;
	const char *why;

	if (!strcmp(line, "list")) {
		fault_list(f, out);
		return NULL;
	}
	if (!strcmp(line, "clear")) {
		fault_clear(f);
		log_line("faults cleared");
		return NULL;
	}
	why = fault_add(f, line);
	log_line("fault %s: %s", line, why ? why : "armed");
	return why;
}
