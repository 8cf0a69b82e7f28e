// SPDX-License-Identifier: GPL-2.0-only
/*
 * The function as a driver sees it: mailbox, interrupts, configuration space,
 * resets.  Everything goes through the vfio-user socket.
 */
#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <snp/fw.h>

#include "../count.h"
#include "client.h"
#include <kselftest_harness.h>

#define BUF		0x4000
#define MSIX_CTRL	0xc2
#define MSIX_ENABLE	"\x00\x80"

FIXTURE(mailbox) {
	struct client c;
	uint8_t *mem;
	int event;
	unsigned int fds;
};

FIXTURE_SETUP(mailbox)
{
	int fd;

	self->fds = open_fds();
	client_start(&self->c, true);
	fd = memory_file(0x10000);
	self->mem = mmap(NULL, 0x10000, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, self->mem);
	ASSERT_EQ(0, client_map(&self->c, 0, 0x10000, 0, 3, fd));
	close(fd);
	self->event = eventfd(0, EFD_CLOEXEC);
	ASSERT_EQ(0, client_set_irqs(&self->c, 0x24, IRQ_MSIX, 0, 1, &self->event, 1));
	client_set_reg(&self->c, SNP_PSP_REG_INT_ENABLE, 0xffffffff);
}

FIXTURE_TEARDOWN(mailbox)
{
	client_stop(&self->c);
	munmap(self->mem, 0x10000);
	close(self->event);
	EXPECT_EQ(self->fds, open_fds());
	EXPECT_FALSE(leaks());
}

static void submit(struct client *c, uint32_t cmd, uint64_t buf, uint32_t flags)
{
	client_set_reg(c, SNP_PSP_REG_CMDBUF_LO, buf);
	client_set_reg(c, SNP_PSP_REG_CMDBUF_HI, buf >> 32);
	client_set_reg(c, SNP_PSP_REG_CMDRESP, cmd << 16 | flags);
}

/* Poll until the response bit is set; its value, or 0 after 5 s. */
static uint32_t poll_response(struct client *c)
{
	const struct timespec ms = { .tv_nsec = 1000000 };
	uint32_t value;
	int i;

	for (i = 0; i < 5000; i++) {
		value = client_reg(c, SNP_PSP_REG_CMDRESP);
		if (value & SNP_CMDRESP_RESPONSE)
			return value;
		nanosleep(&ms, NULL);
	}
	return 0;
}

TEST_F(mailbox, idle_registers)
{
	EXPECT_EQ(0, client_reg(&self->c, 0));
	EXPECT_EQ(0x81, client_reg(&self->c, SNP_PSP_REG_FEATURE));
	EXPECT_EQ(SNP_CMDRESP_RESPONSE, client_reg(&self->c, SNP_PSP_REG_CMDRESP));
	/* The platform access mailbox is idle, not absent. */
	EXPECT_EQ(SNP_CMDRESP_RESPONSE, client_reg(&self->c, 0x10570));
	EXPECT_EQ(0, client_reg(&self->c, SNP_PSP_REG_INT_STATUS));
	/* Registers without a writer keep their value. */
	client_set_reg(&self->c, 0, 0x1f);
	client_set_reg(&self->c, SNP_PSP_REG_FEATURE, 0);
	EXPECT_EQ(0, client_reg(&self->c, 0));
	EXPECT_EQ(0x81, client_reg(&self->c, SNP_PSP_REG_FEATURE));
}

TEST_F(mailbox, command_completes_with_interrupt)
{
	memcpy(self->mem + BUF, "command!", 8);
	submit(&self->c, TEST_CMD_ECHO, BUF, SNP_CMDRESP_IOC);
	ASSERT_EQ(1, event_count(self->event, 5000));
	/* Everything is in place when the interrupt is. */
	EXPECT_EQ(0, memcmp(self->mem + BUF + 8, "command!", 8));
	EXPECT_EQ(SNP_CMDRESP_RESPONSE | TEST_CMD_ECHO << 16,
		  client_reg(&self->c, SNP_PSP_REG_CMDRESP));
	EXPECT_EQ(SNP_PSP_INT_CMD_DONE, client_reg(&self->c, SNP_PSP_REG_INT_STATUS));
	/* Write 1 to clear. */
	client_set_reg(&self->c, SNP_PSP_REG_INT_STATUS, 1);
	EXPECT_EQ(SNP_PSP_INT_CMD_DONE, client_reg(&self->c, SNP_PSP_REG_INT_STATUS));
	client_set_reg(&self->c, SNP_PSP_REG_INT_STATUS, SNP_PSP_INT_CMD_DONE);
	EXPECT_EQ(0, client_reg(&self->c, SNP_PSP_REG_INT_STATUS));
}

TEST_F(mailbox, error_status_overwrites_the_whole_field)
{
	submit(&self->c, 0x7ff, 0, SNP_CMDRESP_IOC);
	ASSERT_EQ(1, event_count(self->event, 5000));
	EXPECT_EQ(SNP_CMDRESP_RESPONSE | 0x7ffU << 16 | SNP_FW_INVALID_COMMAND,
		  client_reg(&self->c, SNP_PSP_REG_CMDRESP));
	/* An address that is not memory: status of the firmware, not the end. */
	submit(&self->c, TEST_CMD_ECHO, 1ULL << 40, SNP_CMDRESP_IOC);
	ASSERT_EQ(1, event_count(self->event, 5000));
	EXPECT_EQ(9, client_reg(&self->c, SNP_PSP_REG_CMDRESP) & SNP_CMDRESP_STATUS);
}

TEST_F(mailbox, no_interrupt_unless_asked_for_and_enabled)
{
	submit(&self->c, TEST_CMD_ECHO, BUF, 0);
	EXPECT_NE(0, poll_response(&self->c));
	EXPECT_EQ(SNP_PSP_INT_CMD_DONE, client_reg(&self->c, SNP_PSP_REG_INT_STATUS));
	client_set_reg(&self->c, SNP_PSP_REG_INT_ENABLE, ~(uint32_t)SNP_PSP_INT_CMD_DONE);
	submit(&self->c, TEST_CMD_ECHO, BUF, SNP_CMDRESP_IOC);
	EXPECT_NE(0, poll_response(&self->c));
	EXPECT_EQ(0, event_count(self->event, 50));
}

TEST_F(mailbox, msi_serves_when_msix_has_no_eventfd)
{
	EXPECT_EQ(0, client_set_irqs(&self->c, 0x21, IRQ_MSIX, 0, 0, NULL, 0));
	EXPECT_EQ(0, client_set_irqs(&self->c, 0x24, IRQ_MSI, 0, 1, &self->event, 1));
	submit(&self->c, TEST_CMD_ECHO, BUF, SNP_CMDRESP_IOC);
	EXPECT_EQ(1, event_count(self->event, 5000));
}

TEST_F(mailbox, masked_interrupt_is_pending_until_unmasked)
{
	uint64_t pba = 0;

	ASSERT_EQ(0, client_write(&self->c, 7, MSIX_CTRL, MSIX_ENABLE, 2));
	ASSERT_EQ(0, client_set_irqs(&self->c, 0x24, IRQ_MSIX, 0, 1, NULL, 0));
	submit(&self->c, TEST_CMD_ECHO, BUF, SNP_CMDRESP_IOC);
	EXPECT_NE(0, poll_response(&self->c));
	EXPECT_EQ(0, event_count(self->event, 0));
	EXPECT_EQ(0, client_read(&self->c, 5, 0x1000, &pba, 8));
	EXPECT_EQ(1, pba);
	/* As QEMU unmasks: drop all, then assign. */
	EXPECT_EQ(0, client_set_irqs(&self->c, 0x21, IRQ_MSIX, 0, 0, NULL, 0));
	EXPECT_EQ(0, client_set_irqs(&self->c, 0x24, IRQ_MSIX, 0, 1, &self->event, 1));
	EXPECT_EQ(1, event_count(self->event, 0));
	EXPECT_EQ(0, client_read(&self->c, 5, 0x1000, &pba, 8));
	EXPECT_EQ(0, pba);
}

TEST_F(mailbox, interrupt_without_msi_enabled_is_lost)
{
	EXPECT_EQ(0, client_set_irqs(&self->c, 0x21, IRQ_MSIX, 0, 0, NULL, 0));
	submit(&self->c, TEST_CMD_ECHO, BUF, SNP_CMDRESP_IOC);
	EXPECT_NE(0, poll_response(&self->c));
	EXPECT_EQ(0, client_set_irqs(&self->c, 0x24, IRQ_MSIX, 0, 1, &self->event, 1));
	EXPECT_EQ(0, event_count(self->event, 50));
}

TEST_F(mailbox, registers_are_served_while_a_command_runs)
{
	submit(&self->c, TEST_CMD_SLOW, 0, SNP_CMDRESP_IOC);
	sem_wait(&self->c.fw_entered);
	EXPECT_EQ(TEST_CMD_SLOW << 16 | SNP_CMDRESP_IOC,
		  client_reg(&self->c, SNP_PSP_REG_CMDRESP));
	EXPECT_EQ(0x81, client_reg(&self->c, SNP_PSP_REG_FEATURE));
	sem_post(&self->c.fw_go);
	ASSERT_EQ(1, event_count(self->event, 5000));
	/* Bit 0 of the command is bit 0 of the status now. */
	EXPECT_EQ(SNP_CMDRESP_RESPONSE | TEST_CMD_SLOW << 16 | TEST_STATUS,
		  client_reg(&self->c, SNP_PSP_REG_CMDRESP));
}

TEST_F(mailbox, command_while_busy_is_ignored)
{
	submit(&self->c, TEST_CMD_SLOW, 0, SNP_CMDRESP_IOC);
	sem_wait(&self->c.fw_entered);
	memcpy(self->mem + BUF, "unwanted", 8);
	submit(&self->c, TEST_CMD_ECHO, BUF, SNP_CMDRESP_IOC);
	EXPECT_EQ(TEST_CMD_SLOW << 16 | SNP_CMDRESP_IOC,
		  client_reg(&self->c, SNP_PSP_REG_CMDRESP));
	sem_post(&self->c.fw_go);
	ASSERT_EQ(1, event_count(self->event, 5000));
	EXPECT_EQ(SNP_CMDRESP_RESPONSE | TEST_CMD_SLOW << 16 | TEST_STATUS,
		  client_reg(&self->c, SNP_PSP_REG_CMDRESP));
	EXPECT_EQ(0, event_count(self->event, 50));
	EXPECT_EQ(0, self->mem[BUF + 8]);
	EXPECT_EQ(1, count_get("mailbox.ignored_busy"));
}

TEST_F(mailbox, response_bit_submits_nothing)
{
	client_set_reg(&self->c, SNP_PSP_REG_CMDRESP, SNP_CMDRESP_RESPONSE | TEST_CMD_SLOW << 16);
	EXPECT_EQ(SNP_CMDRESP_RESPONSE, client_reg(&self->c, SNP_PSP_REG_CMDRESP));
	EXPECT_NE(0, sem_trywait(&self->c.fw_entered));
}

TEST_F(mailbox, registers_take_32_bit_writes_only)
{
	client_set_reg(&self->c, SNP_PSP_REG_CMDBUF_LO, 0x11223344);
	EXPECT_EQ(0, client_write(&self->c, 2, SNP_PSP_REG_CMDBUF_LO, "\xff\xff", 2));
	EXPECT_EQ(0, client_write(&self->c, 2, SNP_PSP_REG_CMDBUF_LO + 2, "\xff\xff\xff\xff", 4));
	EXPECT_EQ(0x11223344, client_reg(&self->c, SNP_PSP_REG_CMDBUF_LO));
	EXPECT_EQ(0, client_write(&self->c, 2, SNP_PSP_REG_CMDBUF_LO, "\1\0\0\0\2\0\0\0", 8));
	EXPECT_EQ(1, client_reg(&self->c, SNP_PSP_REG_CMDBUF_LO));
	EXPECT_EQ(2, client_reg(&self->c, SNP_PSP_REG_CMDBUF_HI));
}

static void *let_go(void *arg)
{
	struct client *c = arg;
	const struct timespec wait = { .tv_nsec = 200000000 };

	nanosleep(&wait, NULL);
	sem_post(&c->fw_go);
	return NULL;
}

/* The test firmware aborts the program if it is reset while a command runs. */
TEST_F(mailbox, reset_waits_for_a_slow_command_and_drops_its_answer)
{
	pthread_t t;

	submit(&self->c, TEST_CMD_SLOW, 0x12345000, SNP_CMDRESP_IOC);
	sem_wait(&self->c.fw_entered);
	ASSERT_EQ(0, pthread_create(&t, NULL, let_go, &self->c));
	EXPECT_EQ(0, client_call(&self->c, VFU_DEVICE_RESET, NULL, 0, NULL, 0, NULL));
	EXPECT_EQ(1, self->c.fw_resets);
	EXPECT_EQ(0, self->c.fw_running);
	pthread_join(t, NULL);
	EXPECT_EQ(0, event_count(self->event, 50));
	EXPECT_EQ(SNP_CMDRESP_RESPONSE, client_reg(&self->c, SNP_PSP_REG_CMDRESP));
	EXPECT_EQ(0, client_reg(&self->c, SNP_PSP_REG_CMDBUF_LO));
	EXPECT_EQ(0, client_reg(&self->c, SNP_PSP_REG_INT_ENABLE));
	EXPECT_EQ(0, client_reg(&self->c, SNP_PSP_REG_INT_STATUS));
	/* Eventfd and memory are still there. */
	client_set_reg(&self->c, SNP_PSP_REG_INT_ENABLE, 0xffffffff);
	submit(&self->c, TEST_CMD_ECHO, BUF, SNP_CMDRESP_IOC);
	EXPECT_EQ(1, event_count(self->event, 5000));
	EXPECT_EQ(SNP_CMDRESP_RESPONSE | TEST_CMD_ECHO << 16,
		  client_reg(&self->c, SNP_PSP_REG_CMDRESP));
}

TEST_F(mailbox, firmware_that_hangs_is_busy_until_reset)
{
	submit(&self->c, TEST_CMD_HANG, 0, SNP_CMDRESP_IOC);
	sem_wait(&self->c.fw_entered);
	EXPECT_EQ(0, event_count(self->event, 50));
	submit(&self->c, TEST_CMD_ECHO, BUF, SNP_CMDRESP_IOC);
	EXPECT_EQ(0, event_count(self->event, 50));
	EXPECT_EQ(TEST_CMD_HANG << 16 | SNP_CMDRESP_IOC,
		  client_reg(&self->c, SNP_PSP_REG_CMDRESP));
	EXPECT_EQ(0, client_call(&self->c, VFU_DEVICE_RESET, NULL, 0, NULL, 0, NULL));
	submit(&self->c, TEST_CMD_ECHO, BUF, 0);
	EXPECT_NE(0, poll_response(&self->c));
}

TEST_F(mailbox, planned_status_replaces_the_command)
{
	memcpy(self->mem + BUF, "command!", 8);
	self->c.fw_plan = (struct fault_plan) { .refuse = true, .status = 0x1a };
	submit(&self->c, TEST_CMD_ECHO, BUF, SNP_CMDRESP_IOC);
	ASSERT_EQ(1, event_count(self->event, 5000));
	EXPECT_EQ(0x1a, client_reg(&self->c, SNP_PSP_REG_CMDRESP) & SNP_CMDRESP_STATUS);
	EXPECT_EQ(0, self->mem[BUF + 8]);
}

TEST_F(mailbox, planned_hang_is_busy_until_reset)
{
	self->c.fw_plan = (struct fault_plan) { .no_answer = true };
	submit(&self->c, TEST_CMD_ECHO, BUF, SNP_CMDRESP_IOC);
	EXPECT_EQ(0, event_count(self->event, 50));
	EXPECT_EQ(TEST_CMD_ECHO << 16 | SNP_CMDRESP_IOC,
		  client_reg(&self->c, SNP_PSP_REG_CMDRESP));
	self->c.fw_plan = (struct fault_plan) { 0 };
	EXPECT_EQ(0, client_call(&self->c, VFU_DEVICE_RESET, NULL, 0, NULL, 0, NULL));
	submit(&self->c, TEST_CMD_ECHO, BUF, 0);
	EXPECT_NE(0, poll_response(&self->c));
}

TEST_F(mailbox, lost_interrupt_leaves_status_and_response)
{
	self->c.fw_plan = (struct fault_plan) { .lose_irq = true };
	submit(&self->c, TEST_CMD_ECHO, BUF, SNP_CMDRESP_IOC);
	EXPECT_NE(0, poll_response(&self->c));
	EXPECT_EQ(SNP_PSP_INT_CMD_DONE, client_reg(&self->c, SNP_PSP_REG_INT_STATUS));
	EXPECT_EQ(0, event_count(self->event, 50));
}

TEST_F(mailbox, spurious_interrupt_comes_before_the_response)
{
	self->c.fw_plan = (struct fault_plan) { .spurious = true, .delay_ms = 200 };
	submit(&self->c, TEST_CMD_ECHO, BUF, SNP_CMDRESP_IOC);
	ASSERT_EQ(1, event_count(self->event, 5000));
	EXPECT_EQ(SNP_PSP_INT_CMD_DONE, client_reg(&self->c, SNP_PSP_REG_INT_STATUS));
	EXPECT_EQ(0, client_reg(&self->c, SNP_PSP_REG_CMDRESP) & SNP_CMDRESP_RESPONSE);
	ASSERT_EQ(1, event_count(self->event, 5000));
	EXPECT_EQ(SNP_CMDRESP_RESPONSE | TEST_CMD_ECHO << 16,
		  client_reg(&self->c, SNP_PSP_REG_CMDRESP));
}

TEST_F(mailbox, reset_does_not_wait_for_a_planned_delay)
{
	memcpy(self->mem + BUF, "command!", 8);
	self->c.fw_plan = (struct fault_plan) { .delay_ms = 60000 };
	submit(&self->c, TEST_CMD_ECHO, BUF, SNP_CMDRESP_IOC);
	/* The client gives up after 5 s. */
	EXPECT_EQ(0, client_call(&self->c, VFU_DEVICE_RESET, NULL, 0, NULL, 0, NULL));
	EXPECT_EQ(1, self->c.fw_resets);
	EXPECT_EQ(0, self->mem[BUF + 8]);
	self->c.fw_plan = (struct fault_plan) { 0 };
	submit(&self->c, TEST_CMD_ECHO, BUF, 0);
	EXPECT_NE(0, poll_response(&self->c));
}

TEST_F(mailbox, dead_function_reads_as_ones_and_takes_nothing)
{
	__atomic_store_n(&self->c.fw_dead, true, __ATOMIC_SEQ_CST);
	EXPECT_EQ(0xffffffff, client_reg(&self->c, SNP_PSP_REG_CMDRESP));
	EXPECT_EQ(0xffffffff, client_reg(&self->c, SNP_PSP_REG_FEATURE));
	submit(&self->c, TEST_CMD_ECHO, BUF, SNP_CMDRESP_IOC);
	EXPECT_EQ(0, event_count(self->event, 50));
	EXPECT_EQ(0, client_call(&self->c, VFU_DEVICE_RESET, NULL, 0, NULL, 0, NULL));
	EXPECT_EQ(0xffffffff, client_reg(&self->c, SNP_PSP_REG_FEATURE));
	__atomic_store_n(&self->c.fw_dead, false, __ATOMIC_SEQ_CST);
	EXPECT_EQ(0x81, client_reg(&self->c, SNP_PSP_REG_FEATURE));
	EXPECT_EQ(SNP_CMDRESP_RESPONSE, client_reg(&self->c, SNP_PSP_REG_CMDRESP));
}

TEST_F(mailbox, function_level_reset_reads_back_as_zero)
{
	uint16_t devctl;

	client_set_reg(&self->c, SNP_PSP_REG_CMDBUF_LO, 5);
	ASSERT_EQ(0, client_write(&self->c, 7, 4, "\x06", 1));
	ASSERT_EQ(0, client_read(&self->c, 7, 0x6c, &devctl, 2));
	EXPECT_EQ(0x2810, devctl);
	devctl |= 0x8000;
	ASSERT_EQ(0, client_write(&self->c, 7, 0x6c, &devctl, 2));
	EXPECT_EQ(1, self->c.fw_resets);
	ASSERT_EQ(0, client_read(&self->c, 7, 0x6c, &devctl, 2));
	EXPECT_EQ(0x2810, devctl);
	ASSERT_EQ(0, client_read(&self->c, 7, 4, &devctl, 2));
	EXPECT_EQ(0, devctl);
	EXPECT_EQ(0, client_reg(&self->c, SNP_PSP_REG_CMDBUF_LO));
}

TEST_F(mailbox, identity_cannot_be_written)
{
	static const uint8_t header[16] = { 0x22, 0x10, 0x86, 0x14, 0, 0, 0x10, 0,
					    0, 0, 0x80, 0x10, 0, 0, 0, 0 };
	static const uint32_t bars[6] = { [2] = 0xfff00000, [5] = 0xffffe000 };
	uint8_t before[4096], after[4096], ones[4096];
	unsigned int i;

	ASSERT_EQ(0, client_read(&self->c, 7, 0, before, sizeof(before)));
	EXPECT_EQ(0, memcmp(header, before, sizeof(header)));
	memset(ones, 0xff, sizeof(ones));
	/* But for the reset, which would put everything back. */
	ones[0x6d] = 0x7f;
	ASSERT_EQ(0, client_write(&self->c, 7, 0, ones, sizeof(ones)));
	ASSERT_EQ(0, client_read(&self->c, 7, 0, after, sizeof(after)));
	EXPECT_EQ(0, memcmp(before, after, 4));
	EXPECT_EQ(0, memcmp(before + 6, after + 6, 6));
	EXPECT_EQ(0, memcmp(before + 0x2c, after + 0x2c, 0x3c - 0x2c));
	EXPECT_EQ(0, memcmp(before + 0x50, after + 0x50, 4));
	EXPECT_EQ(0, memcmp(before + 0x64, after + 0x64, 8));
	EXPECT_EQ(0, memcmp(before + 0x100, after + 0x100, 4096 - 0x100));
	/* BARs show their size. */
	EXPECT_EQ(0, memcmp(bars, after + 0x10, sizeof(bars)));
	/* Capabilities form the list that the header begins. */
	EXPECT_EQ(0x50, after[0x34]);
	EXPECT_EQ(0, memcmp("\x01\x64", after + 0x50, 2));
	EXPECT_EQ(0, memcmp("\x10\xa0", after + 0x64, 2));
	EXPECT_EQ(0, memcmp("\x05\xc0", after + 0xa0, 2));
	EXPECT_EQ(0, memcmp("\x11\x00", after + 0xc0, 2));
	/* D1 and D2 do not exist. */
	for (i = 0; i < 4; i++) {
		uint8_t state = i;

		client_write(&self->c, 7, 0x54, "\0", 1);
		client_write(&self->c, 7, 0x54, &state, 1);
		client_read(&self->c, 7, 0x54, &state, 1);
		EXPECT_EQ(i == 3 ? 3 : 0, state & 3);
	}
}

TEST_HARNESS_MAIN
