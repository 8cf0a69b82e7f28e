// SPDX-License-Identifier: GPL-2.0-only
/*
 * Command line of aspd.
 */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"

static const char usage[] =
	"usage: aspd (--socket PATH | --fd N) --pki DIR [OPTION]...\n"
	"\n"
	"The AMD Secure Processor (PCI function 1022:1486) of one virtual machine, for\n"
	"QEMU's vfio-user-pci device.  Ends with its virtual machine or its starter.\n"
	"\n"
	"  --socket PATH     listen there; the path is removed once QEMU is connected\n"
	"  --fd N            inherited stream socket, connected or listening\n"
	"  --pki DIR         keys of the part, made by softsnp-pki\n"
	"  --shared-fd N     inherited page shared with the CPU model; without it there\n"
	"                    is no RMP and SNP cannot be initialised\n"
	"  --product NAME    Milan (default), Genoa or Turin\n"
	"  --api X.Y.BUILD   version of the firmware (default: the model's)\n"
	"  --tcb NAME=HEX,...  current, committed (default: the current one), reported (the\n"
	"                    committed one) and launch TCB (the current one)\n"
	"  --no-alias-check  the firmware does not say ALIAS_CHECK_COMPLETE\n"
	"  --message-limit N,MS  a guest sends N messages in one go, then one each MS\n"
	"                    milliseconds (default: as many as it likes)\n"
	"  --cbit N          position of the C-bit (default: the part's)\n"
	"  --seed N          make keys and report ids repeatable\n"
	"  --fault SPEC      something goes wrong, see Documentation/softsnp.rst; up to 16\n"
	"  --control PATH    socket that takes more of them: SPEC, \"clear\" or \"list\"\n"
	"  --log FILE        one line per command; without it warnings go to stderr\n"
	"  --trace           log every vfio-user message too\n"
	"  --counters FILE   at the end write counters as JSON\n"
	"  --help            this text\n";

static bool parse_number(const char *text, unsigned long long max, unsigned long long *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 0);
	return *text >= '0' && *text <= '9' && !*end && !errno && *value <= max;
}

/* The default part of a line, but for what the command line has said already. */
static void set_product(struct asp_config *c, enum asp_product product)
{
	const struct asp_config said = *c;

	*c = asp_config_default(product);
	c->pki_dir = said.pki_dir;
	c->seed = said.seed;
	c->cbit = said.cbit;
	c->api_major = said.api_major;
	c->api_minor = said.api_minor;
	c->build = said.build;
	c->msg_burst = said.msg_burst;
	c->msg_interval_ms = said.msg_interval_ms;
}

static bool parse_api(const char *text, struct asp_config *c)
{
	int end = 0;

	return sscanf(text, "%hhu.%hhu.%hhu%n", &c->api_major, &c->api_minor, &c->build,
		      &end) == 3 && !text[end];
}

/* "current=HEX,reported=HEX"; what is not said is settled at the end. */
static bool parse_tcb(char *text, struct options *o)
{
	static char * const names[] = {
		[TCB_CURRENT] = "current", [TCB_COMMITTED] = "committed",
		[TCB_REPORTED] = "reported", [TCB_LAUNCH] = "launch", NULL
	};
	char *value, *end;
	int i;

	do {
		i = getsubopt(&text, names, &value);
		if (i < 0 || !value || !isxdigit((unsigned char)*value))
			return false;
		errno = 0;
		o->tcb[i] = strtoull(value, &end, 16);
		o->tcb_said[i] = true;
		if (*end || errno)
			return false;
	} while (*text);
	return true;
}

static bool parse_limit(const char *text, struct asp_config *c)
{
	char *end;
	unsigned long burst, ms;

	if (!isdigit((unsigned char)*text))
		return false;
	burst = strtoul(text, &end, 10);
	if (*end != ',' || !isdigit((unsigned char)end[1]))
		return false;
	ms = strtoul(end + 1, &end, 10);
	c->msg_burst = burst;
	c->msg_interval_ms = ms;
	return !*end && burst && burst <= 1000000 && ms && ms <= 1000000;
}

/* The order of the options does not matter: what a TCB looks like is the product's. */
static const char *settle_part(struct options *o)
{
	struct asp_config *c = &o->asp;

	if (!o->alias_check)
		c->platform_info &= ~(uint64_t)SNP_PLATFORM_ALIAS_CHECK;
	if (o->tcb_said[TCB_CURRENT])
		c->current_tcb = o->tcb[TCB_CURRENT];
	c->committed_tcb = o->tcb_said[TCB_COMMITTED] ? o->tcb[TCB_COMMITTED] : c->current_tcb;
	c->reported_tcb = o->tcb[TCB_REPORTED];
	c->launch_tcb = o->tcb[TCB_LAUNCH];
	return asp_config_defect(c);
}

int options_parse(struct options *o, int argc, char **argv)
{
	static const struct option longopts[] = {
		{ "socket", required_argument, NULL, 's' },
		{ "fd", required_argument, NULL, 'f' },
		{ "pki", required_argument, NULL, 'p' },
		{ "shared-fd", required_argument, NULL, 'S' },
		{ "product", required_argument, NULL, 'P' },
		{ "api", required_argument, NULL, 'a' },
		{ "tcb", required_argument, NULL, 'b' },
		{ "no-alias-check", no_argument, NULL, 'A' },
		{ "message-limit", required_argument, NULL, 'm' },
		{ "cbit", required_argument, NULL, 'c' },
		{ "seed", required_argument, NULL, 'e' },
		{ "fault", required_argument, NULL, 'F' },
		{ "control", required_argument, NULL, 'T' },
		{ "log", required_argument, NULL, 'l' },
		{ "trace", no_argument, NULL, 't' },
		{ "counters", required_argument, NULL, 'C' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	enum asp_product product;
	unsigned long long n = 0;
	const char *err = "not a number that fits there";
	bool by_fd, ok = true;
	int c;

	while (ok && (c = getopt_long(argc, argv, "", longopts, NULL)) != -1) {
		switch (c) {
		case 's':
			o->socket_path = optarg;
			break;
		case 'f':
			ok = parse_number(optarg, 0x7fffffff, &n);
			o->fd = n;
			break;
		case 'p':
			o->asp.pki_dir = optarg;
			break;
		case 'S':
			ok = parse_number(optarg, 0x7fffffff, &n);
			o->shared_fd = n;
			break;
		case 'P':
			ok = asp_product_find(optarg, &product);
			err = "there are Milan, Genoa and Turin";
			if (ok)
				set_product(&o->asp, product);
			break;
		case 'a':
			ok = parse_api(optarg, &o->asp);
			err = "expected MAJOR.MINOR.BUILD";
			break;
		case 'b':
			ok = parse_tcb(optarg, o);
			err = "expected NAME=HEX,...: current, committed, reported, launch";
			break;
		case 'A':
			o->alias_check = false;
			break;
		case 'm':
			ok = parse_limit(optarg, &o->asp);
			err = "expected MESSAGES,MILLISECONDS, 1 to 1000000 each";
			break;
		case 'c':
			ok = parse_number(optarg, 51, &n) && n >= 32;
			o->asp.cbit = n;
			break;
		case 'e':
			ok = parse_number(optarg, ~0ULL, &n);
			o->asp.seed = n;
			break;
		case 'F':
			ok = o->nr_faults < MAX_FAULTS;
			err = "too many faults";
			if (ok)
				o->fault[o->nr_faults++] = optarg;
			break;
		case 'T':
			o->control_path = optarg;
			break;
		case 'l':
			o->log_path = optarg;
			break;
		case 't':
			o->trace = true;
			break;
		case 'C':
			o->counters_path = optarg;
			break;
		case 'h':
			fputs(usage, stdout);
			return 1;
		default:
			fputs("aspd: try --help\n", stderr);
			return 3;
		}
		if (!ok)
			fprintf(stderr, "aspd: %s: %s\n", optarg, err);
	}
	if (ok && optind < argc) {
		fprintf(stderr, "aspd: unexpected argument '%s'\n", argv[optind]);
		ok = false;
	}
	by_fd = o->fd >= 0;
	if (ok && !o->socket_path == !by_fd) {
		fputs("aspd: one of --socket and --fd is needed\n", stderr);
		ok = false;
	}
	if (ok && !o->asp.pki_dir) {
		fputs("aspd: --pki is needed\n", stderr);
		ok = false;
	}
	err = settle_part(o);
	if (ok && err) {
		fprintf(stderr, "aspd: %s\n", err);
		ok = false;
	}
	return ok ? 0 : 3;
}
