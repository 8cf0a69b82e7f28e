// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: how long a command may take, and the parameters that say so
 * (drivers/psp/timeout.c).
 */
#include <kunit/test.h>
#include <linux/module.h>

#include <drivers/psp/cmdtable.c>
#include <drivers/psp/timeout.c>

/* A value of its own for each, so that none can be taken for another. */
enum {
	QUERY_S = 11,
	PAGE_S,
	GUEST_S,
	PLATFORM_S,
	ANY_S,
	PROBE_S,
	PANIC_S,
};

struct class_case {
	const char *name;
	u16 cmd;
	unsigned int want_s;
};

/* By number, and as Documentation/host.rst says. */
static const struct class_case class_cases[] = {
	{ "PLATFORM_STATUS",		0x04, QUERY_S },
	{ "GET_ID",			0x0c, QUERY_S },
	{ "SNP_PLATFORM_STATUS",	0x83, QUERY_S },
	{ "SNP_DF_FLUSH",		0x84, PLATFORM_S },
	{ "SNP_INIT_EX",		0x85, PLATFORM_S },
	{ "SNP_SHUTDOWN_EX",		0x86, PLATFORM_S },
	{ "SNP_DECOMMISSION",		0x90, GUEST_S },
	{ "SNP_ACTIVATE",		0x91, GUEST_S },
	{ "SNP_GUEST_STATUS",		0x92, QUERY_S },
	{ "SNP_GCTX_CREATE",		0x93, GUEST_S },
	{ "SNP_GUEST_REQUEST",		0x94, GUEST_S },
	{ "SNP_LAUNCH_START",		0xa0, GUEST_S },
	{ "SNP_LAUNCH_UPDATE",		0xa1, GUEST_S },
	{ "SNP_LAUNCH_FINISH",		0xa2, GUEST_S },
	{ "SNP_DBG_DECRYPT",		0xb0, GUEST_S },
	{ "SNP_PAGE_RECLAIM",		0xc7, PAGE_S },
	{ "SNP_CONFIG",			0xc9, PLATFORM_S },
	{ "SNP_DOWNLOAD_FIRMWARE_EX",	0xca, PLATFORM_S },
	{ "SNP_COMMIT",			0xcb, PLATFORM_S },
	{ "SNP_VLEK_LOAD",		0xcd, PLATFORM_S },
	{ "SNP_FEATURE_INFO",		0xce, QUERY_S },
};

KUNIT_ARRAY_PARAM_DESC(class, class_cases, name);

struct param_case {
	const char *name;
	const struct kernel_param *param;
	const char *initial;
	unsigned int least;
	unsigned int own_s;
};

static const struct param_case param_cases[] = {
	{ "query_timeout_s",	&__param_query_timeout_s,	"0",	0, QUERY_S },
	{ "page_timeout_s",	&__param_page_timeout_s,	"0",	0, PAGE_S },
	{ "guest_timeout_s",	&__param_guest_timeout_s,	"0",	0, GUEST_S },
	{ "platform_timeout_s",	&__param_platform_timeout_s,	"0",	0, PLATFORM_S },
	{ "cmd_timeout_s",	&__param_cmd_timeout_s,		"100",	1, ANY_S },
	{ "probe_timeout_s",	&__param_probe_timeout_s,	"5",	1, PROBE_S },
	{ "panic_timeout_s",	&__param_panic_timeout_s,	"10",	1, PANIC_S },
};

KUNIT_ARRAY_PARAM_DESC(param, param_cases, name);

static int set_text(const struct kernel_param *p, const char *text)
{
	return p->ops->set(text, p);
}

static int set_number(const struct kernel_param *p, unsigned int value)
{
	char text[12];

	snprintf(text, sizeof(text), "%u", value);
	return set_text(p, text);
}

static int get_number(struct kunit *test, const struct kernel_param *p)
{
	char *text = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);
	int value;

	KUNIT_ASSERT_NOT_NULL(test, text);
	KUNIT_ASSERT_GT(test, p->ops->get(text, p), 0);
	KUNIT_ASSERT_EQ(test, kstrtoint(strim(text), 10, &value), 0);
	return value;
}

static void set_all(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(param_cases); i++)
		KUNIT_ASSERT_EQ(test, set_number(param_cases[i].param, param_cases[i].own_s), 0);
}

static void put_back(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(param_cases); i++)
		set_text(param_cases[i].param, param_cases[i].initial);
}

static struct psp *psp_new(struct kunit *test, bool answered)
{
	struct psp *psp = kunit_kzalloc(test, sizeof(*psp), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, psp);
	psp->answered = answered;
	return psp;
}

/* First, while nothing has been set. */
static void nothing_set_means_five_a_hundred_and_ten_seconds(struct kunit *test)
{
	struct psp *fresh = psp_new(test, false), *later = psp_new(test, true);
	unsigned int i;

	KUNIT_EXPECT_EQ(test, psp_timeout_s(fresh, NULL), 5);
	KUNIT_EXPECT_EQ(test, psp_timeout_s(later, NULL), 100);
	KUNIT_EXPECT_EQ(test, psp_panic_timeout_s(), 10);
	for (i = 0; i < psp_nr_cmds; i++) {
		KUNIT_EXPECT_EQ(test, psp_timeout_s(fresh, &psp_cmd_table[i]), 5);
		KUNIT_EXPECT_EQ(test, psp_timeout_s(later, &psp_cmd_table[i]), 100);
	}
}

static void command_has_the_time_of_its_class(struct kunit *test)
{
	const struct class_case *c = test->param_value;
	const struct psp_cmd_info *info = psp_cmd_info(c->cmd);

	KUNIT_ASSERT_NOT_NULL(test, info);
	set_all(test);
	KUNIT_EXPECT_EQ(test, psp_timeout_s(psp_new(test, true), info), c->want_s);
	/* The first of all is the probe, whatever it is. */
	KUNIT_EXPECT_EQ(test, psp_timeout_s(psp_new(test, false), info), PROBE_S);
}

static void every_command_is_in_the_list_of_classes(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, psp_nr_cmds, ARRAY_SIZE(class_cases));
}

static void zero_for_a_class_means_the_time_of_all(struct kunit *test)
{
	struct psp *psp = psp_new(test, true);
	unsigned int i, k;

	for (i = 0; i < ARRAY_SIZE(param_cases); i++) {
		if (param_cases[i].least)
			continue;
		set_all(test);
		KUNIT_ASSERT_EQ(test, set_text(param_cases[i].param, "0"), 0);
		for (k = 0; k < ARRAY_SIZE(class_cases); k++) {
			unsigned int want_s = class_cases[k].want_s;

			if (want_s == param_cases[i].own_s)
				want_s = ANY_S;
			KUNIT_EXPECT_EQ_MSG(test, want_s,
					    psp_timeout_s(psp, psp_cmd_info(class_cases[k].cmd)),
					    "%s", class_cases[k].name);
		}
	}
}

static void what_may_be_under_way_has_the_time_of_all(struct kunit *test)
{
	set_all(test);
	KUNIT_EXPECT_EQ(test, psp_timeout_s(psp_new(test, true), NULL), ANY_S);
	KUNIT_EXPECT_EQ(test, psp_timeout_s(psp_new(test, false), NULL), PROBE_S);
	KUNIT_EXPECT_EQ(test, psp_panic_timeout_s(), PANIC_S);
}

static void parameter_keeps_its_limits(struct kunit *test)
{
	static const char * const bad[] = { "3601", "4294967295", "4294967296", "-1", "", "5s" };
	const struct param_case *c = test->param_value;
	unsigned int i;

	KUNIT_EXPECT_EQ(test, set_number(c->param, 3600), 0);
	KUNIT_EXPECT_EQ(test, get_number(test, c->param), 3600);
	KUNIT_EXPECT_EQ(test, set_number(c->param, c->least), 0);
	KUNIT_EXPECT_EQ(test, get_number(test, c->param), c->least);
	if (c->least)
		KUNIT_EXPECT_NE(test, set_number(c->param, c->least - 1), 0);
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		KUNIT_EXPECT_NE_MSG(test, set_text(c->param, bad[i]), 0, "\"%s\"", bad[i]);
	KUNIT_EXPECT_EQ(test, get_number(test, c->param), c->least);
}

static struct kunit_case timeout_cases[] = {
	KUNIT_CASE(nothing_set_means_five_a_hundred_and_ten_seconds),
	KUNIT_CASE_PARAM(command_has_the_time_of_its_class, class_gen_params),
	KUNIT_CASE(every_command_is_in_the_list_of_classes),
	KUNIT_CASE(zero_for_a_class_means_the_time_of_all),
	KUNIT_CASE(what_may_be_under_way_has_the_time_of_all),
	KUNIT_CASE_PARAM(parameter_keeps_its_limits, param_gen_params),
	{ }
};

static struct kunit_suite timeout_suite = {
	.name = "timeout",
	.exit = put_back,
	.test_cases = timeout_cases,
};

kunit_test_suite(timeout_suite);

MODULE_DESCRIPTION("KUnit suite: time-outs of commands");
MODULE_LICENSE("GPL");
