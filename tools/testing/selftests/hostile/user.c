// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tricks against a program: wrong answers to its exits, #VC that it did not
 * cause or whose code is not that of its instruction, and lies about CPUID.
 * The kernel has to catch each; the program gets a signal or the truth.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ops.h"
#include "tap.h"

#define PAGE		4096
#define INTACT		17	/* exit status: saw the truth, went on */
#define BROKEN		18

struct regs {
	uint32_t a, b, c, d;
};

static struct regs cpuid(uint32_t leaf, uint32_t subleaf)
{
	struct regs r;

	asm volatile("cpuid" : "=a" (r.a), "=b" (r.b), "=c" (r.c), "=d" (r.d)
		     : "a" (leaf), "c" (subleaf));
	return r;
}

/* Bits that the kernel takes from the hypervisor: APIC ids, APIC enabled, OSXSAVE. */
static struct regs stable_cpuid(uint32_t leaf, uint32_t subleaf)
{
	struct regs r = cpuid(leaf, subleaf);

	switch (leaf) {
	case 1:
		r.b &= 0x00ffffff;
		r.c &= ~(1u << 27);
		r.d &= ~(1u << 9);
		break;
	case 0xb:
		r.d = 0;
		break;
	case 0x8000001e:
		r.a = 0;
		r.b &= 0xffffff00;
		r.c &= 0xffffff00;
		break;
	}
	return r;
}

static const uint32_t leaves[] = { 0, 1, 7, 0xb, 0xd, 0x80000000, 0x80000001, 0x80000008,
				   0x8000001e, 0x8000001f };
static struct regs truth[sizeof(leaves) / sizeof(leaves[0])];

static void learn_cpuid(void)
{
	unsigned int i;

	for (i = 0; i < sizeof(leaves) / sizeof(leaves[0]); i++)
		truth[i] = stable_cpuid(leaves[i], 0);
}

static int do_cpuid(void)
{
	unsigned int i;
	struct regs r;

	for (i = 0; i < sizeof(leaves) / sizeof(leaves[0]); i++) {
		r = stable_cpuid(leaves[i], 0);
		if (memcmp(&r, &truth[i], sizeof(r))) {
			fprintf(stderr, "# leaf %#x: %x %x %x %x, was %x %x %x %x\n", leaves[i],
				r.a, r.b, r.c, r.d, truth[i].a, truth[i].b, truth[i].c,
				truth[i].d);
			return BROKEN;
		}
	}
	return INTACT;
}

static int do_in(void)
{
	return inb(PORT_PROBE) == PROBE_VALUE ? INTACT : BROKEN;
}

static int do_in_string(void)
{
	uint8_t buf[64] = {};
	unsigned int i;

	insb(PORT_PROBE, buf, sizeof(buf));
	for (i = 0; i < sizeof(buf); i++)
		if (buf[i] != PROBE_VALUE)
			return BROKEN;
	return INTACT;
}

static int do_out_string(void)
{
	uint8_t buf[64];

	/* Linux takes a page that is not there yet for one that may not be read. */
	memset(buf, 1, sizeof(buf));
	outsb(PORT_PROBE, buf, sizeof(buf));
	return INTACT;
}

static int do_out(void)
{
	outb(1, PORT_PROBE);
	return INTACT;
}

/* Unknown hypercall: KVM says 1000 in RAX. */
static int do_vmmcall(void)
{
	long rax = 0x7fffffff;

	asm volatile("vmmcall" : "+a" (rax) : "b" (0), "c" (0), "d" (0) : "memory");
	return INTACT;
}

static uint64_t rdtsc(bool tscp, uint32_t *aux)
{
	uint32_t lo, hi;

	if (tscp)
		asm volatile("rdtscp" : "=a" (lo), "=d" (hi), "=c" (*aux));
	else
		asm volatile("rdtsc" : "=a" (lo), "=d" (hi));
	return (uint64_t)hi << 32 | lo;
}

/* Time goes on, and by either instruction it is the same time. */
static int tsc_runs(bool tscp)
{
	uint64_t before, now;
	unsigned int i;
	uint32_t aux;

	before = rdtsc(!tscp, &aux);
	for (i = 0; i < 100; i++) {
		now = rdtsc(tscp, &aux);
		if (now < before)
			return BROKEN;
		before = now;
	}
	return INTACT;
}

static int do_rdtsc(void)
{
	return tsc_runs(false);
}

static int do_rdtscp(void)
{
	return tsc_runs(true);
}

/* Code that has never run: nop, mov (%rdi), %eax, mov eax, 17; ret. */
static uint8_t *fresh_code;

static int do_fresh_code(void)
{
	static uint32_t data = INTACT;
	int (*fn)(uint32_t *) = (void *)fresh_code;

	return fn(&data);
}

static void make_fresh_code(void)
{
	static const uint8_t code[] = { 0x90, 0x8b, 0x07, 0xc3 };

	fresh_code = mmap(NULL, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (fresh_code == MAP_FAILED)
		exit(1);
	memcpy(fresh_code, code, sizeof(code));
}

/**
 * struct user_case - what a program meets
 * @trick: what to arm, or "vc-inject"
 * @code: error code of an injected #VC
 * @what: operation
 * @run: the same
 * @signal: what ends the program, or 0: it sees the truth
 */
static const struct user_case {
	const char *trick;
	uint32_t code;
	const char *what;
	int (*run)(void);
	int signal;
} cases[] = {
	{ "ghcb-invalid@probe", 0, "in", do_in, SIGBUS },
	{ "ghcb-invalid@probe", 0, "out", do_out, 0 },
	{ "ghcb-all-valid@probe", 0, "in", do_in, 0 },
	{ "ghcb-info1@probe", 0, "in", do_in, SIGBUS },
	{ "ghcb-info1@probe", 0, "out", do_out, SIGBUS },
	{ "ghcb-info1@probe", 0, "ins", do_in_string, SIGBUS },
	{ "ghcb-info1@probe", 0, "outs", do_out_string, SIGBUS },
	{ "ghcb-info1-high@probe", 0, "in", do_in, 0 },
	{ "ghcb-raise-gp@probe", 0, "in", do_in, SIGSEGV },
	{ "ghcb-raise-gp@probe", 0, "outs", do_out_string, SIGSEGV },
	{ "ghcb-raise-ud@probe", 0, "in", do_in, SIGILL },
	{ "ghcb-raise-pf@probe", 0, "in", do_in, SIGBUS },
	{ "ghcb-raise-nmi@probe", 0, "in", do_in, SIGBUS },
	{ "ghcb-raise-none@probe", 0, "in", do_in, SIGBUS },
	{ "exit-malformed@probe", 0, "in", do_in, SIGBUS },
	{ "exit-malformed@probe", 0, "ins", do_in_string, SIGBUS },
	{ "ghcb-invalid@vmmcall", 0, "vmmcall", do_vmmcall, SIGBUS },
	{ "ghcb-raise-pf@vmmcall", 0, "vmmcall", do_vmmcall, SIGBUS },
	{ "ghcb-raise-ud@vmmcall", 0, "vmmcall", do_vmmcall, SIGILL },
	{ "ghcb-all-valid@rdtsc", 0, "rdtsc", do_rdtsc, 0 },
	{ "ghcb-invalid@rdtsc", 0, "rdtsc", do_rdtsc, SIGBUS },
	{ "ghcb-all-valid@rdtscp", 0, "rdtscp", do_rdtscp, 0 },
	{ "ghcb-raise-ud@rdtscp", 0, "rdtscp", do_rdtscp, SIGILL },
	{ "vc-code-user@rdtscp", 0, "rdtscp", do_rdtscp, SIGBUS },
	{ "cpuid-lie", 0, "cpuid", do_cpuid, 0 },
	{ "vc-code-user@cpuid", 0, "cpuid", do_cpuid, SIGBUS },
	{ "vc-code-user@ioio", 0, "in", do_in, SIGBUS },
	{ "vc-code-user@vmmcall", 0, "vmmcall", do_vmmcall, SIGBUS },
	{ "vc-inject", 0x072, "nop", do_fresh_code, SIGBUS },	/* CPUID */
	{ "vc-inject", 0x07b, "nop", do_fresh_code, SIGBUS },	/* IOIO */
	{ "vc-inject", 0x07c, "nop", do_fresh_code, SIGBUS },	/* MSR */
	{ "vc-inject", 0x081, "nop", do_fresh_code, SIGBUS },	/* VMMCALL: WeSee */
	{ "vc-inject", 0x06e, "nop", do_fresh_code, SIGBUS },	/* RDTSC */
	{ "vc-inject", 0x087, "nop", do_fresh_code, SIGBUS },	/* RDTSCP */
	{ "vc-inject", 0x037, "nop", do_fresh_code, SIGBUS },	/* DR7 write */
	{ "vc-inject", 0x076, "nop", do_fresh_code, SIGBUS },	/* INVD */
	{ "vc-inject", 0x089, "nop", do_fresh_code, SIGBUS },	/* WBINVD */
	{ "vc-inject", 0x08a, "nop", do_fresh_code, SIGBUS },	/* MONITOR */
	{ "vc-inject", 0x400, "nop", do_fresh_code, SIGBUS },	/* MMIO */
	{ "vc-inject", 0x404, "nop", do_fresh_code, SIGBUS },	/* not validated */
	{ "vc-inject", 0x12345678, "nop", do_fresh_code, SIGBUS },
};

static int in_child(const struct user_case *c)
{
	pid_t pid = fork();
	int status = 0;

	if (!pid) {
		if (ioperm(PORT_PROBE, 1, 1))
			_exit(1);
		_exit(c->run());
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return status;
}

static bool tsc_intercepted(void)
{
	uint32_t aux;

	control_ok("arm ghcb-all-valid@rdtscp");
	rdtsc(true, &aux);
	return control_ok("disarm");
}

static void run_case(const struct user_case *c)
{
	char outcome[64], trick[48];
	unsigned int struck = 1;
	const char *wrong = NULL;
	int status;

	snprintf(trick, sizeof(trick), c->code ? "%s %#x" : "%s", c->trick, c->code);
	control_ok("log case %s %s", trick, c->what);
	if (c->code) {
		make_fresh_code();
		control_ok("inject %#lx %#x", (unsigned long)fresh_code, c->code);
		status = in_child(c);
		control_ok("inject 1 0");
	} else {
		if (strstr(c->trick, "@rdtsc") && !tsc_intercepted()) {
			tap_skip(trick, c->what, "RDTSC is not intercepted");
			return;
		}
		control_ok("arm %s", c->trick);
		status = in_child(c);
		struck = control_ok("disarm");
	}
	control_ok("search");
	if (WIFSIGNALED(status))
		snprintf(outcome, sizeof(outcome), "SIG%s", sigabbrev_np(WTERMSIG(status)));
	else
		snprintf(outcome, sizeof(outcome), "%s", WEXITSTATUS(status) == INTACT ?
			 "sees the truth" : "BROKEN");
	if (!struck)
		wrong = "the trick never struck";
	else if (c->signal ? !WIFSIGNALED(status) || WTERMSIG(status) != c->signal :
			     !WIFEXITED(status) || WEXITSTATUS(status) != INTACT)
		wrong = c->signal ? sigabbrev_np(c->signal) : "the program should have gone on";
	tap_result(!wrong, trick, c->what, outcome, wrong);
}

void run_user_cases(const char *only)
{
	unsigned int i;

	learn_cpuid();
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (!only || strstr(cases[i].trick, only))
			run_case(&cases[i]);
}
