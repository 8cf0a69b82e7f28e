// SPDX-License-Identifier: GPL-2.0-only
/*
 * Faults by name: what a SPEC may be, and which command it hits.
 */
#include <stdlib.h>
#include <string.h>

#include "../fault.h"
#include "../util.h"
#include "client.h"
#include "fake_asp.h"
#include <kselftest_harness.h>

FIXTURE(fault) {
	struct faults *f;
};

FIXTURE_SETUP(fault)
{
	self->f = faults_new(NULL);
	ASSERT_NE(NULL, self->f);
}

FIXTURE_TEARDOWN(fault)
{
	faults_free(self->f);
	EXPECT_FALSE(leaks());
}

#define RECLAIM	SNP_FW_SNP_PAGE_RECLAIM
#define INIT	SNP_FW_SNP_INIT

static const char *list(struct faults *f)
{
	static char text[4096];
	FILE *out = fmemopen(text, sizeof(text), "w");

	memset(text, 0, sizeof(text));
	fault_list(f, out);
	fclose(out);
	return text;
}

TEST_F(fault, spec_must_make_sense)
{
	static const char * const bad[] = {
		"", ":", "nothing", "timeout", "timeout:", "timeout::1", "timeout:NONE",
		"timeout:SNP_INIT:", "timeout:SNP_INIT:0", "timeout:SNP_INIT:-1",
		"timeout:SNP_INIT:1x", "timeout:SNP_INIT:99999999999999999999",
		"timeout:SNP_INIT:1:1", "timeout:0x800", "timeout:-1", "timeout ",
		"timeout:A_NAME_THAT_IS_LONGER_THAN_ANY_COMMAND_OR_STATUS_THAT_COULD_EVER_BE_USED",
		"status:SNP_INIT", "status:SNP_INIT:", "status:SNP_INIT:NO_STATUS",
		"status:SNP_INIT:0x10000", "status:SNP_INIT:1:0",
		"dead:0", "dead:SNP_INIT", "dead:1:2",
		"irq-lost:0", "irq-lost:x", "irq-spurious:0", "irq-spurious:1:1",
		"slow", "slow:SNP_INIT", "slow:SNP_INIT:x", "slow:SNP_INIT:600001",
		"slow:SNP_INIT:1:1", "stuck-page:0", "stuck-page:x",
		"rmpupdate-overlap", "rmpupdate-overlap:0", "rmpupdate-overlap:x",
		/* There is nobody to do it. */
		"rmpupdate-overlap:1",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT_NE(NULL, fault_add(self->f, bad[i]));
	EXPECT_STREQ("", list(self->f));
	EXPECT_FALSE(fault_dead(self->f));
}

TEST_F(fault, table_has_an_end)
{
	unsigned int n = 0;

	while (!fault_add(self->f, "irq-lost") && n < 1000)
		n++;
	EXPECT_EQ(32, n);
	fault_clear(self->f);
	EXPECT_EQ(NULL, fault_add(self->f, "irq-lost"));
}

TEST_F(fault, without_faults_nothing_happens)
{
	const struct fault_plan nothing = { 0 };
	struct fault_plan p = fault_next(self->f, INIT);

	EXPECT_EQ(0, memcmp(&nothing, &p, sizeof(p)));
	EXPECT_FALSE(fault_dead(self->f));
	EXPECT_FALSE(fault_sticks(self->f, 5, true));
}

TEST_F(fault, timeout_lasts_from_the_nth_command_on)
{
	ASSERT_EQ(NULL, fault_add(self->f, "timeout:SNP_PAGE_RECLAIM:2"));
	EXPECT_FALSE(fault_next(self->f, RECLAIM).no_answer);
	EXPECT_FALSE(fault_next(self->f, INIT).no_answer);
	EXPECT_TRUE(fault_next(self->f, RECLAIM).no_answer);
	EXPECT_TRUE(fault_next(self->f, RECLAIM).no_answer);
	EXPECT_FALSE(fault_next(self->f, INIT).no_answer);
	EXPECT_STREQ("timeout:0xc7:1 # SNP_PAGE_RECLAIM\n", list(self->f));
}

TEST_F(fault, status_hits_the_nth_command_once)
{
	struct fault_plan p;

	ASSERT_EQ(NULL, fault_add(self->f, "status:SNP_PAGE_RECLAIM:INVALID_PAGE_SIZE:2"));
	EXPECT_FALSE(fault_next(self->f, RECLAIM).refuse);
	EXPECT_FALSE(fault_next(self->f, INIT).refuse);
	EXPECT_STREQ("status:0xc7:0x19:1 # SNP_PAGE_RECLAIM\n", list(self->f));
	p = fault_next(self->f, RECLAIM);
	EXPECT_TRUE(p.refuse);
	EXPECT_EQ(SNP_FW_INVALID_PAGE_SIZE, p.status);
	EXPECT_FALSE(fault_next(self->f, RECLAIM).refuse);
	EXPECT_STREQ("", list(self->f));
}

TEST_F(fault, commands_and_status_may_be_numbers)
{
	ASSERT_EQ(NULL, fault_add(self->f, "status:0x81:0x1234"));
	EXPECT_FALSE(fault_next(self->f, RECLAIM).refuse);
	EXPECT_EQ(0x1234, fault_next(self->f, INIT).status);
}

TEST_F(fault, any_command)
{
	ASSERT_EQ(NULL, fault_add(self->f, "status:ANY:SUCCESS:2"));
	EXPECT_STREQ("status:ANY:0x0:2\n", list(self->f));
	EXPECT_FALSE(fault_next(self->f, RECLAIM).refuse);
	EXPECT_TRUE(fault_next(self->f, INIT).refuse);
	EXPECT_FALSE(fault_next(self->f, INIT).refuse);
}

TEST_F(fault, dead_now_or_at_the_nth_command)
{
	ASSERT_EQ(NULL, fault_add(self->f, "dead:2"));
	EXPECT_FALSE(fault_next(self->f, INIT).no_answer);
	EXPECT_FALSE(fault_dead(self->f));
	EXPECT_TRUE(fault_next(self->f, RECLAIM).no_answer);
	EXPECT_TRUE(fault_dead(self->f));
	EXPECT_STREQ("dead\n", list(self->f));
	fault_clear(self->f);
	EXPECT_FALSE(fault_dead(self->f));
	ASSERT_EQ(NULL, fault_add(self->f, "dead"));
	EXPECT_TRUE(fault_dead(self->f));
	EXPECT_TRUE(fault_next(self->f, INIT).no_answer);
}

TEST_F(fault, interrupts_are_lost_and_invented_n_times)
{
	struct fault_plan p;

	ASSERT_EQ(NULL, fault_add(self->f, "irq-lost:2"));
	ASSERT_EQ(NULL, fault_add(self->f, "irq-spurious"));
	p = fault_next(self->f, INIT);
	EXPECT_TRUE(p.spurious);
	EXPECT_TRUE(p.lose_irq);
	p = fault_next(self->f, RECLAIM);
	EXPECT_FALSE(p.spurious);
	EXPECT_TRUE(p.lose_irq);
	EXPECT_FALSE(fault_next(self->f, INIT).lose_irq);
}

TEST_F(fault, slow_adds_up_and_lasts)
{
	ASSERT_EQ(NULL, fault_add(self->f, "slow:SNP_INIT:100"));
	ASSERT_EQ(NULL, fault_add(self->f, "slow:ANY:20"));
	EXPECT_EQ(120, fault_next(self->f, INIT).delay_ms);
	EXPECT_EQ(20, fault_next(self->f, RECLAIM).delay_ms);
	EXPECT_EQ(120, fault_next(self->f, INIT).delay_ms);
	EXPECT_STREQ("slow:0x81:100 # SNP_INIT\nslow:ANY:20\n", list(self->f));
}

TEST_F(fault, nth_page_sticks_until_cleared)
{
	ASSERT_EQ(NULL, fault_add(self->f, "stuck-page:2"));
	EXPECT_FALSE(fault_sticks(self->f, 5, true));
	EXPECT_FALSE(fault_sticks(self->f, 6, false));
	EXPECT_TRUE(fault_sticks(self->f, 7, true));
	EXPECT_FALSE(fault_sticks(self->f, 5, true));
	EXPECT_TRUE(fault_sticks(self->f, 7, true));
	EXPECT_TRUE(fault_sticks(self->f, 7, false));
	EXPECT_STREQ("# stuck: page at 0x7000\n", list(self->f));
	fault_clear(self->f);
	EXPECT_FALSE(fault_sticks(self->f, 7, true));
}

TEST_F(fault, control_lines)
{
	char text[256] = "";
	FILE *out = fmemopen(text, sizeof(text), "w");

	EXPECT_EQ(NULL, fault_control(self->f, "slow:ANY:20", out));
	EXPECT_NE(NULL, fault_control(self->f, "slow:ANY", out));
	EXPECT_NE(NULL, fault_control(self->f, "", out));
	EXPECT_EQ(NULL, fault_control(self->f, "list", out));
	EXPECT_EQ(NULL, fault_control(self->f, "clear", out));
	EXPECT_EQ(NULL, fault_control(self->f, "list", out));
	fclose(out);
	EXPECT_STREQ("slow:ANY:20\n", text);
}

TEST_HARNESS_MAIN
