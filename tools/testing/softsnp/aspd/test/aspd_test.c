// SPDX-License-Identifier: GPL-2.0-only
/*
 * The program with the firmware model, as a launcher starts it: command line,
 * lifetime, SNP coming up over the mailbox.  ASPD names the program.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>

#include <snp/fw.h>
#include <snp/rmp.h>

#include "../../shared.h"
#include "client.h"
#include <kselftest_harness.h>

#define MEM_SIZE	0x2000000ULL
#define RMP_BASE	0x1f00000ULL
#define RMP_SIZE	(0x4000 + MEM_SIZE / 4096 * 16)
#define CMDBUF		0x10000ULL
#define OUTPUT		0x11000ULL

FIXTURE(aspd) {
	char dir[64];
	char sock[96], log[96], counters[96];
	pid_t pid;
	int shared_fd;
	struct softsnp_shared *shared;
	struct client c;		/* only its socket */
	uint8_t *mem;
	int event;
	const char *more[4];	/* arguments */
};

/* What of a softsnp-pki directory the model reads. */
static void make_pki(const char *dir)
{
	EVP_PKEY *key = EVP_EC_gen("P-384");
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/vcek.key", dir);
	f = fopen(path, "w");
	PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL);
	fclose(f);
	EVP_PKEY_free(key);
	snprintf(path, sizeof(path), "%s/chip_id", dir);
	f = fopen(path, "w");
	fprintf(f, "%64s", "chip");
	fclose(f);
}

FIXTURE_SETUP(aspd)
{
	unsigned int i;

	ASSERT_NE(NULL, getenv("ASPD"));
	memset(self, 0, sizeof(*self));
	snprintf(self->dir, sizeof(self->dir), "/tmp/aspd-test.%d", getpid());
	ASSERT_EQ(0, mkdir(self->dir, 0700));
	snprintf(self->sock, sizeof(self->sock), "%s/sock", self->dir);
	snprintf(self->log, sizeof(self->log), "%s/log", self->dir);
	snprintf(self->counters, sizeof(self->counters), "%s/counters", self->dir);
	make_pki(self->dir);
	self->shared_fd = memory_file(sizeof(*self->shared));
	self->shared = mmap(NULL, sizeof(*self->shared), PROT_READ | PROT_WRITE, MAP_SHARED,
			    self->shared_fd, 0);
	ASSERT_NE(MAP_FAILED, self->shared);
	self->shared->magic = SOFTSNP_SHARED_MAGIC;
	self->shared->nr_cpus = 2;
	for (i = 0; i < 2; i++) {
		self->shared->cpu[i].rmp_base = RMP_BASE;
		self->shared->cpu[i].rmp_end = RMP_BASE + RMP_SIZE - 1;
		self->shared->cpu[i].syscfg = SNP_SYSCFG_MEM_ENCRYPT | SNP_SYSCFG_SNP_EN |
					      SNP_SYSCFG_VMPL_EN | SNP_SYSCFG_MFDM;
		self->shared->cpu[i].hwcr = SNP_HWCR_SMMLOCK;
	}
	self->c.sock = -1;
	self->event = -1;
}

FIXTURE_TEARDOWN(aspd)
{
	static const char * const names[] = { "vcek.key", "chip_id", "log", "counters" };
	char path[128];
	unsigned int i;

	if (self->pid > 0) {
		kill(self->pid, SIGKILL);
		waitpid(self->pid, NULL, 0);
	}
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", self->dir, names[i]);
		unlink(path);
	}
	/* Nothing else may be left in there. */
	EXPECT_EQ(0, rmdir(self->dir));
}

#define ARGS_MAX 16

/* Start the program with these arguments. */
static pid_t spawn(const char * const *args)
{
	const char *argv[ARGS_MAX + 2] = { getenv("ASPD") };
	unsigned int i;
	pid_t pid;

	for (i = 0; args[i] && i < ARGS_MAX; i++)
		argv[i + 1] = args[i];
	pid = fork();
	if (!pid) {
		execv(argv[0], (char **)argv);
		_exit(127);
	}
	return pid;
}

/* Exit status, -signal, or -100 when it still runs after 5 s. */
static int finish(pid_t *pid)
{
	int status, i;

	for (i = 0; i < 500; i++) {
		if (waitpid(*pid, &status, WNOHANG) == *pid) {
			*pid = 0;
			return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
		}
		usleep(10000);
	}
	return -100;
}

static int connect_to(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int i, fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	for (i = 0; i < 500; i++) {
		if (!connect(fd, (struct sockaddr *)&sun, sizeof(sun)))
			return fd;
		usleep(10000);
	}
	close(fd);
	return -1;
}

/* Does @path go away, or hold @text, within 5 s? */
static bool gone(const char *path)
{
	int i;

	for (i = 0; i < 500 && !access(path, F_OK); i++)
		usleep(10000);
	return access(path, F_OK);
}

static bool holds(const char *path, const char *text)
{
	static char buf[65536];
	size_t n;
	FILE *f = fopen(path, "r");

	if (!f)
		return false;
	n = fread(buf, 1, sizeof(buf) - 1, f);
	fclose(f);
	buf[n] = 0;
	return strstr(buf, text);
}

TEST_F(aspd, bad_command_lines_are_refused)
{
	static const char * const bad[][6] = {
		{ NULL },
		{ "--pki", "/", NULL },
		{ "--fd", "0", NULL },
		{ "--fd", "x", "--pki", "/", NULL },
		{ "--fd", "-1", "--pki", "/", NULL },
		{ "--socket", "/x", "--fd", "0", "--pki", "/" },
		{ "--fd", "0", "--pki", "/", "--cbit=20", NULL },
		{ "--fd", "0", "--pki", "/", "--fault=x", NULL },
		{ "--fd", "0", "--pki", "/", "more", NULL },
		{ "--fd", "0", "--pki", "/", "--tcb=db1b000000000004", NULL },
		{ "--fd", "0", "--pki", "/", "--tcb=next=1", NULL },
		{ "--fd", "0", "--pki", "/", "--tcb=current", NULL },
		{ "--fd", "0", "--pki", "/", "--tcb=current=db1b0000000000041", NULL },
		/* No component there. */
		{ "--fd", "0", "--pki", "/", "--tcb=current=10000", NULL },
		{ "--fd", "0", "--pki", "/", "--tcb=current=4,committed=5", NULL },
		{ "--fd", "0", "--pki", "/", "--tcb=current=4,committed=3,reported=4", NULL },
		/* Milan's, which a Turin cannot have. */
		{ "--tcb=current=db1b000000000004", "--fd=0", "--pki=/", "--product=Turin", NULL },
		{ "--fd", "0", "--pki", "/", "--message-limit=5", NULL },
		{ "--fd", "0", "--pki", "/", "--message-limit=0,10", NULL },
		{ "--fd", "0", "--pki", "/", "--message-limit=5,0", NULL },
		{ "--nonsense", NULL },
	};
	const char *args[7] = { NULL };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		memcpy(args, bad[i], sizeof(bad[i]));
		self->pid = spawn(args);
		EXPECT_EQ(2, finish(&self->pid));
	}
}

TEST_F(aspd, socket_path_lives_until_the_client_connects)
{
	const char * const args[] = { "--socket", self->sock, "--pki", self->dir, NULL };

	self->pid = spawn(args);
	self->c.sock = connect_to(self->sock);
	ASSERT_LE(0, self->c.sock);
	EXPECT_TRUE(gone(self->sock));
	close(self->c.sock);
	EXPECT_EQ(0, finish(&self->pid));
}

TEST_F(aspd, sigterm_ends_it_cleanly)
{
	const char * const args[] = { "--socket", self->sock, "--pki", self->dir, NULL };
	int i;

	self->pid = spawn(args);
	for (i = 0; i < 500 && access(self->sock, F_OK); i++)
		usleep(10000);
	kill(self->pid, SIGTERM);
	EXPECT_EQ(0, finish(&self->pid));
	EXPECT_TRUE(gone(self->sock));

	self->pid = spawn(args);
	self->c.sock = connect_to(self->sock);
	ASSERT_LE(0, self->c.sock);
	client_send_raw(&self->c, "abc", 3, NULL, 0);
	kill(self->pid, SIGTERM);
	EXPECT_EQ(0, finish(&self->pid));
	close(self->c.sock);
}

/* This process adopts the orphan, to see it end. */
TEST_F(aspd, it_does_not_outlive_its_starter)
{
	const char * const args[] = { "--socket", self->sock, "--pki", self->dir, NULL };
	pid_t starter, pid = 0;
	int pipefd[2];

	ASSERT_EQ(0, prctl(PR_SET_CHILD_SUBREAPER, 1));
	ASSERT_EQ(0, pipe(pipefd));
	starter = fork();
	if (!starter) {
		pid = spawn(args);
		if (write(pipefd[1], &pid, sizeof(pid)) != sizeof(pid))
			_exit(1);
		pause();
	}
	ASSERT_EQ(sizeof(pid), read(pipefd[0], &pid, sizeof(pid)));
	self->pid = pid;
	self->c.sock = connect_to(self->sock);
	ASSERT_LE(0, self->c.sock);
	kill(starter, SIGKILL);
	waitpid(starter, NULL, 0);
	EXPECT_EQ(0, finish(&self->pid));
	EXPECT_TRUE(gone(self->sock));
}

/* Start with one end of a socketpair, map memory, enable the interrupt. */
static bool power_on(struct _test_data_aspd *self)
{
	char fd_text[16], shared_text[16];
	const char *args[ARGS_MAX + 1] = {
		"--fd", fd_text, "--pki", self->dir, "--shared-fd", shared_text,
		"--log", self->log, "--counters", self->counters, self->more[0], self->more[1],
		self->more[2], self->more[3], NULL,
	};
	struct {
		uint32_t version;
		char text[sizeof(CLIENT_VERSION_TEXT)];
	} __packed v = { 0, CLIENT_VERSION_TEXT };
	int pair[2], fd, shared_fd;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return false;
	fd = dup(pair[1]);
	shared_fd = dup(self->shared_fd);
	snprintf(fd_text, sizeof(fd_text), "%d", fd);
	snprintf(shared_text, sizeof(shared_text), "%d", shared_fd);
	self->c.sock = pair[0];
	self->pid = spawn(args);
	close(pair[1]);
	close(fd);
	close(shared_fd);

	if (client_call(&self->c, VFU_VERSION, &v, sizeof(v), NULL, 0, NULL))
		return false;
	fd = memory_file(MEM_SIZE);
	self->mem = mmap(NULL, MEM_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (self->mem == MAP_FAILED || client_map(&self->c, 0, MEM_SIZE, 0, 3, fd))
		return false;
	close(fd);
	self->event = eventfd(0, EFD_CLOEXEC);
	client_set_reg(&self->c, SNP_PSP_REG_INT_ENABLE, 0xffffffff);
	return !client_set_irqs(&self->c, 0x24, IRQ_MSIX, 0, 1, &self->event, 1);
}

/* One command by interrupt; its status, or -1 when there is no answer. */
static int command(struct _test_data_aspd *self, uint32_t cmd, const void *buf, size_t len)
{
	if (len)
		memcpy(self->mem + CMDBUF, buf, len);
	client_set_reg(&self->c, SNP_PSP_REG_CMDBUF_LO, len ? CMDBUF : 0);
	client_set_reg(&self->c, SNP_PSP_REG_CMDBUF_HI, 0);
	client_set_reg(&self->c, SNP_PSP_REG_CMDRESP, cmd << 16 | SNP_CMDRESP_IOC);
	if (event_count(self->event, 5000) != 1)
		return -1;
	return client_reg(&self->c, SNP_PSP_REG_CMDRESP) & SNP_CMDRESP_STATUS;
}

static struct snp_rmp_raw *rmp_entry(struct _test_data_aspd *self, uint64_t spa)
{
	return (void *)(self->mem + RMP_BASE + SNP_RMP_BOOKKEEPING + (spa >> 12) * 16);
}

TEST_F(aspd, snp_comes_up_and_goes_down)
{
	const struct snp_fw_init_ex init = { .flags = SNP_INIT_EX_INIT_RMP };
	const struct snp_fw_shutdown_ex down = { .len = sizeof(down) };
	const struct snp_fw_addr out = { .paddr = OUTPUT };
	const struct snp_fw_snp_status *st;

	ASSERT_TRUE(power_on(self));
	st = (void *)(self->mem + OUTPUT);
	memset(self->mem + RMP_BASE, 0x5a, RMP_SIZE);
	EXPECT_EQ(0, self->shared->snp_init);
	EXPECT_EQ(SNP_FW_SUCCESS, command(self, SNP_FW_SNP_INIT_EX, &init, sizeof(init)));
	EXPECT_EQ(1, self->shared->snp_init);
	EXPECT_EQ(SNP_RMP_RAW_ASSIGNED | SNP_RMP_RAW_IMMUTABLE, rmp_entry(self, RMP_BASE)->lo);
	EXPECT_EQ(0, rmp_entry(self, OUTPUT)->lo);

	/* The firmware writes firmware pages only, and gives this one back. */
	EXPECT_EQ(SNP_FW_INVALID_PAGE_STATE,
		  command(self, SNP_FW_SNP_PLATFORM_STATUS, &out, sizeof(out)));
	rmp_entry(self, OUTPUT)->lo = SNP_RMP_RAW_ASSIGNED | SNP_RMP_RAW_IMMUTABLE;
	EXPECT_EQ(SNP_FW_SUCCESS, command(self, SNP_FW_SNP_PLATFORM_STATUS, &out, sizeof(out)));
	EXPECT_EQ(SNP_STATE_INIT, st->state);
	EXPECT_EQ(SNP_RMP_RAW_ASSIGNED, rmp_entry(self, OUTPUT)->lo);

	/* ASIDs are owed a WBINVD on every core, then a DF_FLUSH. */
	EXPECT_EQ(SNP_FW_WBINVD_REQUIRED, command(self, SNP_FW_SNP_SHUTDOWN_EX, &down,
						  sizeof(down)));
	self->shared->cpu[0].nr_wbinvd++;
	EXPECT_EQ(SNP_FW_WBINVD_REQUIRED, command(self, SNP_FW_SNP_SHUTDOWN_EX, &down,
						  sizeof(down)));
	self->shared->cpu[1].nr_wbinvd++;
	EXPECT_EQ(SNP_FW_DFFLUSH_REQUIRED, command(self, SNP_FW_SNP_SHUTDOWN_EX, &down,
						   sizeof(down)));
	EXPECT_EQ(SNP_FW_SUCCESS, command(self, SNP_FW_SNP_DF_FLUSH, NULL, 0));
	EXPECT_EQ(1, self->shared->snp_init);
	EXPECT_EQ(SNP_FW_SUCCESS, command(self, SNP_FW_SNP_SHUTDOWN_EX, &down, sizeof(down)));
	EXPECT_EQ(0, self->shared->snp_init);

	close(self->c.sock);
	EXPECT_EQ(0, finish(&self->pid));
	EXPECT_TRUE(holds(self->log, "command 0x085 SNP_INIT_EX buffer 0x10000 -> 0x0 SUCCESS"));
	EXPECT_TRUE(holds(self->counters, "\"mailbox.SNP_INIT_EX.SUCCESS\": 1"));
	EXPECT_TRUE(holds(self->counters, "\"mailbox.SNP_SHUTDOWN_EX.WBINVD_REQUIRED\": 2"));
}

/* The product is said last and takes none of it back. */
TEST_F(aspd, what_the_part_is_comes_from_the_command_line)
{
	const struct snp_fw_addr out = { .paddr = OUTPUT };
	const struct snp_fw_snp_status *st;

	self->more[0] = "--tcb=current=0xdb1a000000000302,reported=da19000000000302";
	self->more[1] = "--no-alias-check";
	self->more[2] = "--product=Genoa";
	ASSERT_TRUE(power_on(self));
	st = (void *)(self->mem + OUTPUT);
	EXPECT_EQ(SNP_FW_SUCCESS, command(self, SNP_FW_SNP_PLATFORM_STATUS, &out, sizeof(out)));
	EXPECT_EQ(0xdb1a000000000302ULL, st->current_tcb);
	EXPECT_EQ(0xda19000000000302ULL, st->reported_tcb);
	EXPECT_EQ(0, st->init_flags & SNP_STATUS_ALIAS_CHECK);
	close(self->c.sock);
	EXPECT_EQ(0, finish(&self->pid));
}

TEST_F(aspd, snp_init_names_the_core_that_is_not_ready)
{
	const struct snp_fw_init_ex init = { .flags = SNP_INIT_EX_INIT_RMP };

	ASSERT_TRUE(power_on(self));
	self->shared->cpu[1].hwcr = 0;
	EXPECT_EQ(SNP_FW_INVALID_CONFIG, command(self, SNP_FW_SNP_INIT_EX, &init, sizeof(init)));
	EXPECT_EQ(0, self->shared->snp_init);
	EXPECT_TRUE(holds(self->log, "CPU 1: HWCR is 0x0, SmmLock is clear"));
	self->shared->cpu[1].hwcr = SNP_HWCR_SMMLOCK;
	self->shared->cpu[0].rmp_end = RMP_BASE + 0x5fff;
	self->shared->cpu[1].rmp_end = RMP_BASE + 0x5fff;
	EXPECT_EQ(SNP_FW_RMP_INITIALIZATION_FAILED,
		  command(self, SNP_FW_SNP_INIT_EX, &init, sizeof(init)));
	EXPECT_TRUE(holds(self->log, "the RMP does not cover itself"));
	EXPECT_EQ(0, self->shared->snp_init);
	close(self->c.sock);
	EXPECT_EQ(0, finish(&self->pid));
}

TEST_HARNESS_MAIN
