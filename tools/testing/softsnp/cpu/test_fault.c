// SPDX-License-Identifier: GPL-2.0-only
/*
 * When tricks strike: specifications, counting, seeded mixes.
 */
#include <kselftest_harness.h>

#include <snp/ghcb.h>

#include "attr.h"
#include "guest_tricks.h"

/* The core declares these next to names that the C library has, too. */
void cpu_log(const char *fmt, ...);
void count_fmt(const char *fmt, ...);

static unsigned int logged;
static bool can_race;

bool guest_race_possible(void)
{
	return can_race;
}

void cpu_log(const char *fmt, ...)
{
	logged++;
}

void count_fmt(const char *fmt, ...)
{
}

static enum guest_trick strike(enum guest_hook hook, uint64_t event)
{
	return guest_fault_strike(hook, event, NULL);
}

FIXTURE(fault)
{
};

FIXTURE_SETUP(fault)
{
	can_race = false;
	guest_fault_disarm();
	logged = 0;
}

FIXTURE_TEARDOWN(fault)
{
}

TEST_F(fault, specification_is_checked)
{
	static const char *const bad[] = {
		"", "psc", "psc-", "psc-liee", "psc-lie@", "psc-lie@nowhere", "psc-lie:", "psc-lie:0",
		"psc-lie:x", "psc-lie:-1", "psc-lie:1:", "psc-lie:1:2:3", "psc-lie:1000001",
		"psc-lie@psc:1 ", "ghcb-info1", "exit-silent", "vc-code-user", "random:", "random:x",
		"random:1x", "random:-1", "race-response",
	};
	static const char *const good[] = {
		"psc-lie", "psc-lie:2", "psc-lie:2:3", "psc-lie:0x10:0", "ghcb-info1@psc",
		"exit-silent@request:1:1", "random:0", "random:0xffffffffffffffff",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_NE(NULL, guest_fault_arm(bad[i])) TH_LOG("\"%s\"", bad[i]);
		EXPECT_EQ(TRICK_NONE, strike(HOOK_PSC, 0));
	}
	for (i = 0; i < ARRAY_SIZE(good); i++) {
		EXPECT_EQ(NULL, guest_fault_arm(good[i])) TH_LOG("\"%s\"", good[i]);
		guest_fault_disarm();
	}
	can_race = true;
	EXPECT_EQ(NULL, guest_fault_arm("race-response"));
}

TEST_F(fault, nothing_strikes_unless_armed)
{
	EXPECT_EQ(TRICK_NONE, strike(HOOK_PSC, 0));
	ASSERT_EQ(NULL, guest_fault_arm("psc-lie"));
	EXPECT_EQ(TRICK_PSC_LIE, strike(HOOK_PSC, 0));
	EXPECT_EQ(TRICK_NONE, strike(HOOK_RESPONSE, 0));
	EXPECT_EQ(1, guest_fault_disarm());
	EXPECT_EQ(TRICK_NONE, strike(HOOK_PSC, 0));
	EXPECT_EQ(0, guest_fault_disarm());
	EXPECT_EQ(1, logged);
}

TEST_F(fault, first_and_times_count_events)
{
	int i;

	ASSERT_EQ(NULL, guest_fault_arm("psc-lie:3:2"));
	for (i = 1; i <= 6; i++)
		EXPECT_EQ(i == 3 || i == 4 ? TRICK_PSC_LIE : TRICK_NONE, strike(HOOK_PSC, 0));
	EXPECT_EQ(2, guest_fault_disarm());
}

TEST_F(fault, event_limits_a_trick)
{
	ASSERT_EQ(NULL, guest_fault_arm("ghcb-info1@psc:2"));
	EXPECT_EQ(TRICK_NONE, strike(HOOK_ANSWER, SNP_EXIT_PSC));
	EXPECT_EQ(TRICK_NONE, strike(HOOK_ANSWER, SNP_EXIT_CPUID));
	EXPECT_EQ(TRICK_NONE, strike(HOOK_ANSWER, GUEST_EVENT_PROBE));
	EXPECT_EQ(TRICK_GHCB_INFO1, strike(HOOK_ANSWER, SNP_EXIT_PSC));
}

TEST_F(fault, one_after_the_other)
{
	ASSERT_EQ(NULL, guest_fault_arm("psc-half:1:1"));
	ASSERT_EQ(NULL, guest_fault_arm("psc-back"));
	EXPECT_EQ(TRICK_PSC_HALF, strike(HOOK_PSC, 0));
	EXPECT_EQ(TRICK_PSC_BACK, strike(HOOK_PSC, 0));
	EXPECT_EQ(TRICK_PSC_BACK, strike(HOOK_PSC, 0));
}

static bool never(enum guest_trick trick)
{
	return false;
}

TEST_F(fault, impossible_trick_waits)
{
	ASSERT_EQ(NULL, guest_fault_arm("msg-replay:1:1"));
	EXPECT_EQ(TRICK_NONE, guest_fault_strike(HOOK_RESPONSE, 0, never));
	EXPECT_EQ(TRICK_MSG_REPLAY, strike(HOOK_RESPONSE, 0));
}

#define DRAWS	2000

static void draw(enum guest_trick *drawn)
{
	static const enum guest_hook hooks[] = { HOOK_PSC, HOOK_RESPONSE, HOOK_REQUEST };
	int i;

	for (i = 0; i < DRAWS; i++)
		drawn[i] = strike(hooks[i % 3], SNP_EXIT_GUEST_REQUEST);
}

TEST_F(fault, seed_repeats_and_another_differs)
{
	enum guest_trick a[DRAWS], b[DRAWS];
	uint64_t made_up;

	ASSERT_EQ(NULL, guest_fault_arm("random:7"));
	draw(a);
	made_up = guest_fault_random();
	guest_fault_disarm();
	/* What happens at one hook does not move another. */
	ASSERT_EQ(NULL, guest_fault_arm("random:7"));
	strike(HOOK_MSR, SNP_GHCB_MSR_SEV_INFO_REQ);
	draw(b);
	EXPECT_EQ(0, memcmp(a, b, sizeof(a)));
	EXPECT_EQ(made_up, guest_fault_random());
	guest_fault_disarm();
	ASSERT_EQ(NULL, guest_fault_arm("random:8"));
	draw(b);
	EXPECT_NE(0, memcmp(a, b, sizeof(a)));
}

TEST_F(fault, mix_spares_what_the_kernel_does_for_itself)
{
	unsigned int i, struck = 0;

	ASSERT_EQ(NULL, guest_fault_arm("random:1"));
	for (i = 0; i < DRAWS; i++) {
		EXPECT_EQ(TRICK_NONE, strike(HOOK_ANSWER, SNP_EXIT_IOIO));
		EXPECT_EQ(TRICK_NONE, strike(HOOK_EXIT, SNP_EXIT_MSR));
		EXPECT_EQ(TRICK_NONE, strike(HOOK_MSR, SNP_GHCB_MSR_CPUID_REQ));
		EXPECT_EQ(TRICK_NONE, strike(HOOK_VC, SNP_EXIT_CPUID));
		EXPECT_EQ(TRICK_NONE, strike(HOOK_CPUID, 0));
		struck += strike(HOOK_RESPONSE, 0) != TRICK_NONE;
	}
	/* One in eight. */
	EXPECT_GT(struck, DRAWS / 8 - 60);
	EXPECT_LT(struck, DRAWS / 8 + 60);
}

TEST_HARNESS_MAIN
