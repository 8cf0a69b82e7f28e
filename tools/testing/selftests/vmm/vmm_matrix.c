// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each fault of the platform in each phase of the driver's life: what becomes of
 * the operation, how the cause is told, how many pages it costs, and that the
 * next operation of that kind is served.  Makes rows of a table.
 *
 * Here are the faults from which there is a way back, and at the end two from
 * which there is none in this machine; those of loading that want a machine of
 * their own are run by name, the others are in vmm_dead.  Needs snp_host.ko and
 * snp_vmm.ko loaded and no guest.
 *
 *   vmm_matrix [FAULT]
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <uapi/linux/psp-sev.h>

#include "vmm.h"

#define SYSFS		DRIVER FUNCTION "/snp/"
#define DEBUGFS		"/sys/kernel/debug/snp_host/"

#define GPA_MORE	0x40000000ULL
#define GPA_ELSEWHERE	0x50000000ULL

/* As many as it takes to make one RMPUPDATE fail: the first try and 12 more. */
#define OVERLAP		"rmpupdate-overlap:13"

static unsigned int nr;
static const char *current_row;
static bool row_ok, all_ok = true;

static void check(bool ok, const char *what)
{
	if (ok)
		return;
	printf("# %s: not so: %s\n", current_row, what);
	row_ok = false;
}

static int do_bind(void)
{
	return write_file(DRIVER "bind", FUNCTION);
}

static int do_unbind(void)
{
	return write_file(DRIVER "unbind", FUNCTION);
}

static void read_state(char *state, size_t len)
{
	FILE *f = fopen(SYSFS "state", "re");

	snprintf(state, len, "unbound");
	if (f && fgets(state, len, f))
		state[strcspn(state, "\n")] = '\0';
	if (f)
		fclose(f);
}

static bool is_up(void)
{
	char state[32];

	read_state(state, sizeof(state));
	return !strcmp(state, "up");
}

/* Does a file contain this? */
static bool file_has(const char *path, const char *text)
{
	FILE *f = fopen(path, "re");
	char line[512];
	bool has = false;

	while (f && !has && fgets(line, sizeof(line), f))
		has = strstr(line, text);
	if (f)
		fclose(f);
	return has;
}

/* Frames that are not the host's, the RMP's own ones included; -1 if nobody tells. */
static long nr_foreign(void)
{
	FILE *f = fopen(DEBUGFS "rmp", "re");
	bool states = false, told = false;
	char line[128];
	long sum = 0;

	while (f && fgets(line, sizeof(line), f)) {
		/* Behind the headings: 16 columns of state, then frames. */
		if (!strncmp(line, "state ", 6))
			states = true;
		else if (!strncmp(line, "Hypervisor ", 11))
			told = states;
		else if (states && strncmp(line, "no entry ", 9) && strlen(line) > 16)
			sum += strtol(line + 16, NULL, 10);
	}
	if (f)
		fclose(f);
	return told ? sum : -1;
}

static long baseline_foreign, baseline_lost, known_lost;

/* The driver tells only while it is bound. */
static long lost_now(void)
{
	long n = nr_quarantined();

	if (n >= 0)
		known_lost = n;
	return known_lost;
}

/* Every frame that is not the host's is in the quarantine, once there is no guest. */
static bool accounted(void)
{
	long n = nr_foreign();

	return n >= 0 && n - baseline_foreign <= lost_now() - baseline_lost;
}

/* The guest that lives meanwhile, and the one that the fault meets. */
static int other = -1, fd = -1;
static struct image *im;
static struct snp_secrets_page secrets;
static uint64_t seqno;

static int get_secrets(void)
{
	struct vmm_page p = { .gpa = GPA_SECRETS, .out = (uintptr_t)&secrets };

	seqno = 1;
	return ioctl(other, VMM_DBG, &p) ? errno : 0;
}

/* A report for the other guest, as only that guest can ask for it. */
static int do_message(void)
{
	static struct snp_msg req, rsp;
	struct vmm_request r = { .req = (uintptr_t)&req, .rsp = (uintptr_t)&rsp };

	msg_report_req(&req, 0, seqno, 1);
	/* Should it fail the firmware refuses the message. */
	msg_seal(secrets.vmpck[0], &req);
	if (ioctl(other, VMM_REQUEST, &r))
		return errno;
	seqno += 2;
	return msg_open(secrets.vmpck[0], &rsp) ? 0 : EBADMSG;
}

static int do_status(void)
{
	struct sev_user_data_snp_status st;
	struct sev_issue_cmd c = { .cmd = SNP_PLATFORM_STATUS, .data = (uintptr_t)&st };
	int dev = open("/dev/sev", O_RDWR | O_CLOEXEC), err;

	if (dev < 0)
		return errno;
	err = ioctl(dev, SEV_ISSUE_CMD, &c) ? errno : 0;
	close(dev);
	return err;
}

static int do_launch(void)
{
	int err;

	fd = vmm_open();
	err = vmm_launch(fd, im);
	close(fd);
	return err;
}

static int do_convert(void)
{
	int err = vmm_mem(other, VMM_PRIVATE, GPA_MORE, 4);
	int err2 = vmm_mem(other, VMM_SHARED, GPA_MORE, 4);

	return err ? err : err2;
}

/* The fault comes between the two. */
static int do_share(void)
{
	int err = vmm_mem(other, VMM_PRIVATE, GPA_ELSEWHERE, 4);

	if (!err && !vmm_fault(OVERLAP))
		err = vmm_mem(other, VMM_SHARED, GPA_ELSEWHERE + 0x1000, 1);
	return err;
}

static void other_lives(void)
{
	other = vmm_open();
	check(!vmm_launch(other, im), "a guest lives");
	check(!get_secrets(), "its secrets are known");
}

static void other_ends(void)
{
	if (other >= 0)
		close(other);
	other = -1;
}

static void served(void)
{
	check(is_up(), "SNP is up");
	check(!do_status(), "the platform's status is told");
	check(!do_launch(), "a guest can be launched");
	check(!do_message(), "the other guest's message is carried");
	check(!do_convert(), "the other guest's memory is converted");
}

enum phase { LOAD, LAUNCH, RUN, UNLOAD };

static const char *const phase_names[] = { "load", "launch", "run", "unload" };

/**
 * struct expectation - a row
 * @phase: when
 * @fault: its name in the table
 * @spec: what the platform is told
 * @op: RUN: what is done
 * @err: errno of the operation
 * @state: LOAD: state afterwards
 * @log: what the kernel says, a regular expression; NULL: nothing about it
 * @last: what the list of the last commands has instead
 * @lost: pages that it costs
 * @final: there is no way back from it
 * @alone: run by name only: those after it would not get far
 */
struct expectation {
	enum phase phase;
	const char *fault;
	const char *spec[2];
	int (*op)(void);
	int err;
	const char *state;
	const char *log;
	const char *last;
	long lost;
	bool final;
	bool alone;
};

#define POLLING		"command ended without an interrupt; polling from here on"
#define RECLAIM		"[0-9]+ page.* quarantined: SNP_PAGE_RECLAIM: [A-Z_]+"
#define NOT_SHARED	"1 page.* quarantined: .*RMPUPDATE[a-zA-Z_ ]* failed"
#define IN_USE		"RMPUPDATE of pfn .* fails with code 4 after 12 retries"

static const struct expectation rows[] = {
	{ LOAD, "status", .spec = { "status:SNP_INIT_EX:HWERROR_PLATFORM" }, .state = "down",
	  .log = "SNP is not brought up: SNP_INIT_EX: seen HWERROR_PLATFORM" },
	{ LOAD, "status (after SNP_INIT_EX)", .spec = { "status:SNP_DF_FLUSH:WBINVD_REQUIRED" },
	  .state = "down", .log = "SNP is not brought up: SNP_DF_FLUSH: seen WBINVD_REQUIRED" },
	{ LOAD, "status (on the way back, too)",
	  .spec = { "status:SNP_DF_FLUSH:HWERROR_PLATFORM",
		    "status:SNP_SHUTDOWN_EX:HWERROR_PLATFORM" },
	  .state = "stuck",
	  .log = "SNP stays up in the firmware: SNP_SHUTDOWN_EX: HWERROR_PLATFORM" },
	{ LOAD, "slow", .spec = { "slow:SNP_INIT_EX:1500" }, .state = "up" },
	{ LOAD, "dead", .spec = { "dead" }, .err = ENODEV, .state = "unbound",
	  .log = "reads 0xffffffff: register access is blocked" },
	{ LOAD, "irq-lost", .spec = { "irq-lost:1" }, .state = "up", .log = POLLING },
	{ LOAD, "irq-spurious", .spec = { "irq-spurious:3" }, .state = "up" },
	/* Only a page that no command has used sticks. */
	{ LOAD, "stuck-page",
	  .spec = { "status:SNP_PLATFORM_STATUS:HWERROR_PLATFORM:2", "stuck-page" },
	  .state = "down", .log = RECLAIM, .lost = 1 },
	{ LOAD, "rmpupdate-overlap", .spec = { OVERLAP }, .state = "down", .log = IN_USE },

	{ LAUNCH, "status", .spec = { "status:SNP_LAUNCH_UPDATE:HWERROR_PLATFORM:2" }, .err = EIO,
	  .last = "SNP_LAUNCH_UPDATE HWERROR_PLATFORM" },
	{ LAUNCH, "slow", .spec = { "slow:SNP_LAUNCH_FINISH:1200" } },
	{ LAUNCH, "irq-spurious", .spec = { "irq-spurious:3" } },
	{ LAUNCH, "stuck-page",
	  .spec = { "status:SNP_LAUNCH_FINISH:HWERROR_PLATFORM", "stuck-page" },
	  .err = EIO, .log = RECLAIM, .lost = 1 },
	{ LAUNCH, "rmpupdate-overlap", .spec = { OVERLAP }, .err = EBUSY, .log = IN_USE },
	{ LAUNCH, "irq-lost", .spec = { "irq-lost:1" }, .log = POLLING },

	{ RUN, "status",
	  .spec = { "status:SNP_GUEST_REQUEST:HWERROR_PLATFORM" }, .op = do_message, .err = EIO,
	  .last = "SNP_GUEST_REQUEST HWERROR_PLATFORM" },
	{ RUN, "slow", .spec = { "slow:SNP_GUEST_REQUEST:1200" }, .op = do_message },
	{ RUN, "irq-spurious", .spec = { "irq-spurious:1" }, .op = do_message },
	{ RUN, "stuck-page",
	  .spec = { "status:SNP_PLATFORM_STATUS:HWERROR_PLATFORM", "stuck-page" },
	  .op = do_status, .err = EIO, .log = RECLAIM, .lost = 1 },
	{ RUN, "rmpupdate-overlap",
	  .spec = { OVERLAP }, .op = do_convert, .err = EBUSY, .log = IN_USE },
	{ RUN, "rmpupdate-overlap (on the way back)",
	  .spec = { NULL }, .op = do_share, .err = EBUSY,
	  .log = NOT_SHARED, .lost = 1 },
	{ RUN, "irq-lost", .spec = { "irq-lost:1" }, .op = do_message, .log = POLLING },

	{ UNLOAD, "status", .spec = { "status:SNP_PAGE_RECLAIM:HWERROR_PLATFORM" },
	  .log = "[0-9]+ page.* quarantined: SNP_PAGE_RECLAIM: HWERROR_PLATFORM", .lost = 1 },
	{ UNLOAD, "status (to be repeated)",
	  .spec = { "status:SNP_SHUTDOWN_EX:SHUTDOWN_INCOMPLETE:2",
		    "status:SNP_SHUTDOWN_EX:DFFLUSH_REQUIRED" } },
	{ UNLOAD, "slow", .spec = { "slow:SNP_SHUTDOWN_EX:1200" } },
	{ UNLOAD, "irq-lost", .spec = { "irq-lost:1" }, .log = POLLING },
	{ UNLOAD, "irq-spurious", .spec = { "irq-spurious:3" } },
	{ UNLOAD, "stuck-page", .spec = { "stuck-page" }, .log = RECLAIM, .lost = 1 },
	{ UNLOAD, "rmpupdate-overlap", .spec = { OVERLAP }, .log = NOT_SHARED, .lost = 1 },
	/* The firmware does not go down with a guest that it has not let go of. */
	{ UNLOAD, "status (of the guest's end)",
	  .spec = { "status:SNP_DECOMMISSION:HWERROR_PLATFORM" },
	  .log = "SNP stays up in the firmware: SNP_SHUTDOWN_EX: [A-Z_]+.*; reboot before SNP is used again",
	  .lost = 1, .final = true },
	{ LOAD, "timeout", .spec = { "timeout:PLATFORM_STATUS" }, .state = "dead",
	  .log = "AMD-SP given up at command PLATFORM_STATUS.*no answer within [0-9]+ s",
	  .lost = 1, .final = true },
	/* Nobody knows whether SNP is up: the page with the list counts as the firmware's. */
	{ LOAD, "timeout (SNP_INIT_EX)", .spec = { "timeout:SNP_INIT_EX" }, .state = "dead",
	  .log = "AMD-SP given up at command SNP_INIT_EX.*no answer within [0-9]+ s",
	  .lost = 1, .final = true, .alone = true },
	{ LOAD, "dead (SNP_INIT_EX)", .spec = { "dead:3" }, .state = "dead",
	  .log = "AMD-SP given up at command SNP_INIT_EX.*register access blocked",
	  .lost = 1, .final = true, .alone = true },
};

/* Return: errno of the operation. */
static int operate(const struct expectation *e)
{
	switch (e->phase) {
	case LOAD:
		return do_bind();
	case LAUNCH:
		return do_launch();
	case RUN:
		return e->op();
	case UNLOAD:
		break;
	}
	return do_unbind();
}

/* Before the fault: bound with a guest, or for LOAD not bound. */
static void prepare(const struct expectation *e)
{
	if (e->phase == LOAD) {
		lost_now();
		if (is_up())
			check(!do_unbind(), "the driver can be unbound");
		return;
	}
	if (!is_up())
		check(!do_bind() && is_up(), "SNP comes up");
	other_lives();
	lost_now();
}

/* After it, with the platform as it should be: the same thing works. */
static void recover(const struct expectation *e, char *after, size_t len)
{
	char state[32];

	if (e->final) {
		if (e->phase == UNLOAD)
			check(!do_bind(), "the driver can be bound");
		read_state(state, sizeof(state));
		check(strcmp(state, "up"), "SNP is not up");
		check(file_has(SYSFS "health", e->phase == UNLOAD ? "SNP platform state" :
			       "AMD-SP given up"), "health has the reason");
		if (e->phase == LOAD)
			check(do_status() == EBUSY, "a command is refused at once");
		lost_now();
		check(!do_unbind(), "the driver can be unbound");
		if (e->phase == LOAD)
			check(do_bind() && log_find("mailbox still busy after|CmdResp reads 0xffffffff",
						    NULL, 0), "it is not bound again");
		snprintf(after, len, "nothing before a reboot, the reason is in health");
		return;
	}
	if (e->phase == LOAD || e->phase == UNLOAD) {
		other_ends();
		read_state(state, sizeof(state));
		if (!strcmp(state, "stuck")) {
			check(do_launch() == ENODEV, "no guest comes");
			check(file_has(SYSFS "health", "SNP is stuck: "), "health has the reason");
		}
		if (!strcmp(state, "down") || !strcmp(state, "stuck"))
			check(!do_unbind(), "the driver can be unbound");
		if (strcmp(state, "up"))
			check(!do_bind() && is_up(), "SNP comes up");
		snprintf(after, len, "%sguests live",
			 strcmp(state, "up") ? "bound again, " : "");
		other_lives();
	} else {
		snprintf(after, len, "both guests live on");
	}
	served();
	other_ends();
	check(accounted(), "every frame that is not the host's is in the quarantine");
	/* Polling lasts until the driver is bound again. */
	if (e->log && !strcmp(e->log, POLLING))
		check(!do_unbind(), "the driver can be unbound");
}

static void run_row(const struct expectation *e)
{
	char name[80], result[64], reported[256] = "", state[32], after[64];
	unsigned int i;
	long lost;
	int err;

	snprintf(name, sizeof(name), "%s %s", phase_names[e->phase], e->fault);
	current_row = name;
	row_ok = true;
	prepare(e);
	lost = known_lost;
	log_mark();
	for (i = 0; i < 2 && e->spec[i]; i++)
		check(!vmm_fault(e->spec[i]), "the platform takes the fault");
	err = operate(e);
	read_state(state, sizeof(state));
	vmm_fault("clear");

	check(err == e->err, strerrorname_np(err) ? strerrorname_np(err) : "done");
	if (e->state)
		check(!strcmp(state, e->state), state);
	if (e->log)
		check(log_find(e->log, reported, sizeof(reported)), "the kernel tells the cause");
	if (e->last) {
		check(file_has(DEBUGFS "last_commands", e->last), "the list has the command");
		snprintf(reported, sizeof(reported), "last_commands: %s", e->last);
	}
	check(!log_find("BUG:|WARNING:|Oops", NULL, 0), "the kernel is well");
	if (err)
		snprintf(result, sizeof(result), "fails with %s", strerrorname_np(err));
	else
		snprintf(result, sizeof(result), "done%s%s", e->state ? ", state " : "",
			 e->state ? state : "");
	recover(e, after, sizeof(after));
	lost = known_lost - lost;
	check(lost == e->lost, "as many pages are quarantined as it costs");
	printf("%sok %u %s\n", row_ok ? "" : "not ", ++nr, name);
	row(e->fault, phase_names[e->phase], result, *reported ? reported : "-", lost, after);
	all_ok = all_ok && row_ok;
	fflush(stdout);
}

int main(int argc, char **argv)
{
	unsigned int i;

	im = image_new(POLICY_DEBUG);
	im->range[0].nr_pages = 3;
	im->launch.flags = 0;
	current_row = "before";
	row_ok = true;
	check(is_up() && !do_status() && !do_unbind() && !do_bind(), "the driver can be bound");
	baseline_foreign = nr_foreign();
	baseline_lost = lost_now();
	check(baseline_foreign > 0, "the RMP can be read");
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (argc > 1 ? !strcmp(rows[i].fault, argv[1]) : !rows[i].alone)
			run_row(&rows[i]);
	printf("1..%u\n", nr);
	return all_ok && row_ok && nr ? 0 : 1;
}
