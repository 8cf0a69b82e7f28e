// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/sev-guest under random requests: every field, wrong pointers, arguments
 * that change while they are read, threads on one file and on several, signals
 * in between, processes that are killed.  Runs inside an SNP guest with
 * snp_guest.ko loaded.
 *
 *   guest_fuzz SECONDS [SEED]
 *
 * A request may fail in the ways that are documented for its arguments, and in
 * no other; nothing that it does may cost the VMPCK.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../../include/uapi/linux/sev-guest.h"
#include <snp/guest_msg.h>
#include <snp/report.h>

#define DEVICE		"/dev/sev-guest"
#define STATE		"/sys/bus/platform/devices/sev-guest/state"
#define NR_THREADS	4
#define TOO_SMALL	(1ULL << 32)
#define PAGE		4096

union request {
	struct snp_report_req report;
	struct snp_derived_key_req key;
	struct snp_ext_report_req ext;
	struct snp_report_key_req signer;
	uint8_t raw[256];
};

struct worker {
	pthread_t id;
	unsigned int number;
	uint64_t random;
	int fd;
	unsigned long calls, done;
	char wrong[160];
};

static volatile bool stop;
static int shared_fd;
/* What threads overwrite under each other. */
static struct snp_guest_request_ioctl shared_arg;
/* A request, and room for any answer. */
static union {
	union request req;
	uint8_t raw[16 * PAGE];
} shared;
static uint8_t *readonly, *hole, *certs;

static uint64_t next(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

static unsigned int pick(uint64_t *x, unsigned int n)
{
	return (next(x) >> 20) % n;
}

static const unsigned long cmds[] = {
	SNP_GET_REPORT, SNP_GET_DERIVED_KEY, SNP_GET_EXT_REPORT, SNP_GET_REPORT_KEY,
	_IOWR('S', 3, struct snp_guest_request_ioctl), _IO('S', 0x60), 0,
};

#define NR_KNOWN 4

/* A pointer to @good or, now and then, one that does not work. */
static uint64_t pointer(uint64_t *x, void *good)
{
	switch (pick(x, 24)) {
	case 0: return 0;
	case 1: return 8;
	case 2: return (uintptr_t)readonly;
	case 3: return (uintptr_t)hole + PAGE - 40;	/* the end is not mapped */
	case 4: return 0xffff888000000000ULL;
	case 5: return next(x);
	case 6: return (uintptr_t)&shared;
	}
	return (uintptr_t)good;
}

static void fill_request(uint64_t *x, union request *r)
{
	unsigned int i, n;

	memset(r, 0, sizeof(*r));
	for (i = 0; i < 64; i++)
		r->report.user_data[i] = next(x);
	/* Small numbers, where what is valid lies. */
	for (i = 64; i < 128; i += 4)
		if (!pick(x, 3))
			r->raw[i] = pick(x, 8);
	for (n = pick(x, 8); n > 6; n--)
		r->raw[pick(x, sizeof(*r))] = next(x);
}

static void fill_certs(uint64_t *x, unsigned long cmd, union request *r)
{
	uint32_t len = pick(x, 3) ? PAGE * pick(x, 6) : next(x);
	uint64_t address = pointer(x, certs);

	if (cmd == SNP_GET_EXT_REPORT) {
		memset(&r->ext.data.vmpl, 0, sizeof(r->ext.data) - 64);
		r->ext.certs_address = address;
		r->ext.certs_len = len;
	} else if (cmd == SNP_GET_REPORT_KEY) {
		r->signer.vmpl = pick(x, 5);
		r->signer.key_sel = pick(x, 4);
		r->signer.flags = pick(x, 5);
		if (pick(x, 2)) {
			r->signer.certs_address = address;
			r->signer.certs_len = len;
		}
	} else if (pick(x, 2)) {
		memset(&r->raw[64], 0, sizeof(*r) - 64);
		r->report.vmpl = pick(x, 4);
	}
}

static bool zero(const uint8_t *p, size_t len)
{
	while (len && !*p) {
		p++;
		len--;
	}
	return !len;
}

/* May a request with these arguments end so? */
static bool may_fail(unsigned long cmd, unsigned int known, int error, uint64_t exitinfo2)
{
	switch (error) {
	case EINVAL:
	case EFAULT:
		return known;
	case ENOTTY:
		return !known;
	case EIO:
		return (cmd == SNP_GET_EXT_REPORT || cmd == SNP_GET_REPORT_KEY) &&
		       exitinfo2 == TOO_SMALL;
	}
	return false;
}

static void one(struct worker *w)
{
	static const uint8_t versions[] = { 1, 1, 1, 1, 1, 1, 0, 2, 255 };
	struct snp_guest_request_ioctl arg, *p = &arg;
	uint8_t rsp[sizeof(struct snp_report_resp)];
	unsigned int c = pick(&w->random, sizeof(cmds) / sizeof(cmds[0]));
	bool own_rsp, raced;
	union request req;
	int rc, error;

	memset(rsp, 0xaa, sizeof(rsp));
	fill_request(&w->random, &req);
	fill_certs(&w->random, cmds[c], &req);
	memset(&arg, 0, sizeof(arg));
	arg.msg_version = versions[pick(&w->random, sizeof(versions))];
	arg.req_data = pointer(&w->random, &req);
	arg.resp_data = pointer(&w->random, rsp);
	own_rsp = arg.resp_data == (uintptr_t)rsp;

	/* Others change it while the kernel reads it. */
	raced = !pick(&w->random, 5);
	if (raced || arg.req_data == (uintptr_t)&shared)
		shared.req = req;
	if (raced) {
		/* Another thread may send it later: not into this one's response. */
		if (own_rsp)
			arg.resp_data = (uintptr_t)&shared;
		shared_arg = arg;
		p = &shared_arg;
	}
	rc = ioctl(pick(&w->random, 2) ? w->fd : shared_fd, cmds[c], p);
	error = rc ? errno : 0;
	w->calls++;
	if (raced)
		return;
	w->done += !rc;
	if (rc && !may_fail(cmds[c], c < NR_KNOWN, error, arg.exitinfo2))
		snprintf(w->wrong, sizeof(w->wrong), "request %lx fails with %s, exitinfo2 %llx",
			 cmds[c], strerror(error), (unsigned long long)arg.exitinfo2);
	/* Old bytes would be those of the caller: none may survive. */
	if (rc && own_rsp && c < NR_KNOWN && arg.msg_version == 1 &&
	    !zero(rsp, cmds[c] == SNP_GET_DERIVED_KEY ? 64 : sizeof(rsp)))
		snprintf(w->wrong, sizeof(w->wrong), "request %lx fails and leaves a response",
			 cmds[c]);
}

static void *work(void *arg)
{
	struct worker *w = arg;

	while (!stop && !w->wrong[0])
		one(w);
	return NULL;
}

static void nothing(int sig)
{
	(void)sig;
}

static const char *good_report(void)
{
	const struct snp_msg_report_rsp *msg;
	struct snp_guest_request_ioctl arg = { .msg_version = 1 };
	struct snp_report_resp rsp = {};
	struct snp_report_req req = {};
	int fd = open(DEVICE, O_RDWR);

	if (fd < 0)
		return "cannot open " DEVICE;
	arg.req_data = (uintptr_t)&req;
	arg.resp_data = (uintptr_t)&rsp;
	if (ioctl(fd, SNP_GET_REPORT, &arg)) {
		close(fd);
		return strerror(errno);
	}
	close(fd);
	msg = (const void *)&rsp;
	if (msg->status || snp_report_check(msg->report, SNP_REPORT_LEN) != SNP_REPORT_OK)
		return "no well-formed report";
	return NULL;
}

/* Processes that die in the middle of a request. */
static unsigned int kill_children(uint64_t *x, time_t until)
{
	unsigned int n = 0;

	while (time(NULL) < until) {
		struct worker w = { .random = next(x) | 1 };
		struct timespec wait = { .tv_nsec = 1000 * (1 + pick(x, 30000)) };
		pid_t pid = fork();
		int status;

		if (pid < 0)
			break;
		if (!pid) {
			w.fd = open(DEVICE, O_RDWR);
			for (;;)
				one(&w);
		}
		nanosleep(&wait, NULL);
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		n++;
	}
	return n;
}

static void result(unsigned int number, const char *name, const char *wrong)
{
	if (wrong)
		printf("# %s\n", wrong);
	printf("%sok %u %s\n", wrong ? "not " : "", number, name);
}

int main(int argc, char **argv)
{
	struct worker w[NR_THREADS] = {};
	struct sigaction sa = { .sa_handler = nothing };
	uint64_t seed, x;
	unsigned long calls = 0, done = 0;
	unsigned int i, killed;
	char state[80] = "";
	const char *wrong = NULL;
	time_t end;
	FILE *f;

	if (argc < 2 || atoi(argv[1]) <= 0) {
		fprintf(stderr, "usage: guest_fuzz SECONDS [SEED]\n");
		return 2;
	}
	seed = argc > 2 ? strtoull(argv[2], NULL, 0) : (uint64_t)time(NULL);
	x = seed * 0x9e3779b97f4a7c15ULL + 1;
	end = time(NULL) + atoi(argv[1]);

	printf("TAP version 13\n1..4\n# seed %llu\n", (unsigned long long)seed);
	fflush(stdout);
	readonly = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	hole = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	certs = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (readonly == MAP_FAILED || hole == MAP_FAILED || certs == MAP_FAILED ||
	    munmap(hole + PAGE, PAGE))
		return 2;
	shared_fd = open(DEVICE, O_RDWR);
	if (shared_fd < 0) {
		perror(DEVICE);
		return 2;
	}
	sigaction(SIGUSR1, &sa, NULL);
	for (i = 0; i < NR_THREADS; i++) {
		w[i].number = i;
		w[i].random = next(&x) | 1;
		w[i].fd = open(DEVICE, O_RDWR);
		if (w[i].fd < 0 || pthread_create(&w[i].id, NULL, work, &w[i]))
			return 2;
	}
	/* Half of the time with signals only, half with processes that die. */
	while (time(NULL) < end - atoi(argv[1]) / 2) {
		usleep(500);
		pthread_kill(w[pick(&x, NR_THREADS)].id, SIGUSR1);
	}
	killed = kill_children(&x, end);
	stop = true;
	for (i = 0; i < NR_THREADS; i++) {
		pthread_join(w[i].id, NULL);
		calls += w[i].calls;
		done += w[i].done;
		if (w[i].wrong[0])
			wrong = w[i].wrong;
	}
	printf("# %lu requests, %lu answered, %u processes killed\n", calls, done, killed);
	result(1, "requests_fail_only_as_documented", wrong);
	/* Otherwise nothing has been tried. */
	result(2, "requests_were_answered_and_refused",
	       done > 10 && calls - done > 10 && killed ? NULL : "too few");
	f = fopen(STATE, "r");
	if (!f || !fgets(state, sizeof(state), f))
		snprintf(state, sizeof(state), "no state");
	result(3, "key_survives", strcmp(state, "ready\n") ? state : NULL);
	wrong = good_report();
	result(4, "device_works_afterwards", wrong);
	return 0;
}
