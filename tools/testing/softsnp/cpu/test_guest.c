// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unit tests of the guest role's pure parts: page state change lists with
 * hostile headers, IOIO decoding, MSR choice, CPUID table, launch page list,
 * Secure TSC.
 */
#include <kselftest_harness.h>

#include "guest_cpuid.h"
#include "guest_io.h"
#include "guest_layout.h"
#include "guest_psc.h"
#include "guest_tscfreq.h"

/* Page state change lists. */

struct seen {
	unsigned int calls;
	unsigned int fail_at;	/* call that fails, from 1; 0: none */
	uint64_t gpa[1024];
	bool size_2m[1024];
	bool private_[1024];
};

static bool record(void *opaque, uint64_t gpa, bool size_2m, bool private_)
{
	struct seen *s = opaque;

	if (s->calls < 1024) {
		s->gpa[s->calls] = gpa;
		s->size_2m[s->calls] = size_2m;
		s->private_[s->calls] = private_;
	}
	s->calls++;
	return s->calls != s->fail_at;
}

static uint64_t entry(uint64_t gfn, uint64_t op, bool size_2m, unsigned int cur)
{
	return FIELD_PREP(SNP_PSC_ENTRY_GFN, gfn) | FIELD_PREP(SNP_PSC_ENTRY_OP, op) |
	       (size_2m ? SNP_PSC_ENTRY_2M : 0) | FIELD_PREP(SNP_PSC_ENTRY_CUR_PAGE, (uint64_t)cur);
}

FIXTURE(psc) {
	struct snp_psc_desc d;
	struct seen s;
};

FIXTURE_SETUP(psc)
{
	memset(&self->d, 0, sizeof(self->d));
	memset(&self->s, 0, sizeof(self->s));
}

FIXTURE_TEARDOWN(psc)
{
}

TEST_F(psc, list_is_carried_out_in_order_and_marked_done)
{
	self->d.end_entry = 2;
	self->d.entry[0] = entry(0x1000, SNP_PSC_OP_PRIVATE, false, 0);
	self->d.entry[1] = entry(0x2000, SNP_PSC_OP_SHARED, true, 0);
	self->d.entry[2] = entry(0x3001, SNP_PSC_OP_SHARED, false, 0);
	EXPECT_EQ(0, psc_process(&self->d, 253, record, &self->s));
	EXPECT_EQ(3, self->d.cur_entry);
	ASSERT_EQ(3, self->s.calls);
	EXPECT_EQ(0x1000000, self->s.gpa[0]);
	EXPECT_TRUE(self->s.private_[0]);
	EXPECT_TRUE(self->s.size_2m[1]);
	EXPECT_FALSE(self->s.private_[1]);
	EXPECT_EQ(1, FIELD_GET(SNP_PSC_ENTRY_CUR_PAGE, self->d.entry[0]));
	EXPECT_EQ(512, FIELD_GET(SNP_PSC_ENTRY_CUR_PAGE, self->d.entry[1]));
}

TEST_F(psc, header_beyond_the_list_is_refused)
{
	self->d.end_entry = SNP_PSC_MAX_ENTRIES;
	EXPECT_EQ(SNP_PSC_INVALID_HDR, psc_process(&self->d, 253, record, &self->s));
	self->d.end_entry = 0xffff;
	EXPECT_EQ(SNP_PSC_INVALID_HDR, psc_process(&self->d, 253, record, &self->s));
	self->d.end_entry = 0xffff;
	EXPECT_EQ(SNP_PSC_INVALID_HDR, psc_process(&self->d, 0xffffffff, record, &self->s));
	/* A list that starts late in the buffer has less room. */
	self->d.end_entry = 10;
	EXPECT_EQ(SNP_PSC_INVALID_HDR, psc_process(&self->d, 10, record, &self->s));
	EXPECT_EQ(0, self->s.calls);
}

TEST_F(psc, current_beyond_end_does_nothing)
{
	self->d.cur_entry = 0xffff;
	self->d.end_entry = 3;
	EXPECT_EQ(0, psc_process(&self->d, 253, record, &self->s));
	EXPECT_EQ(0, self->s.calls);
}

TEST_F(psc, bad_entries_are_refused_where_they_stand)
{
	self->d.end_entry = 1;
	self->d.entry[0] = entry(0x1000, SNP_PSC_OP_PRIVATE, false, 0);
	self->d.entry[1] = entry(0x1001, SNP_PSC_OP_PRIVATE, true, 0);
	EXPECT_EQ(SNP_PSC_INVALID_ENTRY, psc_process(&self->d, 253, record, &self->s));
	EXPECT_EQ(1, self->d.cur_entry);
	EXPECT_EQ(1, self->s.calls);

	self->d.entry[1] = entry(0x1000, SNP_PSC_OP_PRIVATE, false, 2);
	EXPECT_EQ(SNP_PSC_INVALID_ENTRY, psc_process(&self->d, 253, record, &self->s));
	self->d.entry[1] = entry(0x1000, SNP_PSC_OP_PRIVATE, true, 513);
	EXPECT_EQ(SNP_PSC_INVALID_ENTRY, psc_process(&self->d, 253, record, &self->s));
	self->d.entry[1] = entry(0x1000, 0, false, 0);
	EXPECT_EQ(SNP_PSC_INVALID_ENTRY, psc_process(&self->d, 253, record, &self->s));
	self->d.entry[1] = entry(0x1000, 5, false, 0);
	EXPECT_EQ(SNP_PSC_INVALID_ENTRY, psc_process(&self->d, 253, record, &self->s));
	EXPECT_EQ(1, self->s.calls);
}

TEST_F(psc, smash_hints_are_accepted_and_ignored)
{
	self->d.end_entry = 1;
	self->d.entry[0] = entry(0x1000, SNP_PSC_OP_PSMASH, true, 0);
	self->d.entry[1] = entry(0x1000, SNP_PSC_OP_UNSMASH, true, 0);
	EXPECT_EQ(0, psc_process(&self->d, 253, record, &self->s));
	EXPECT_EQ(2, self->d.cur_entry);
	EXPECT_EQ(0, self->s.calls);
}

TEST_F(psc, partly_done_large_page_goes_on_page_by_page)
{
	self->d.entry[0] = entry(0x1000, SNP_PSC_OP_PRIVATE, true, 510);
	EXPECT_EQ(0, psc_process(&self->d, 253, record, &self->s));
	ASSERT_EQ(2, self->s.calls);
	EXPECT_EQ(0x11fe000, self->s.gpa[0]);
	EXPECT_FALSE(self->s.size_2m[0]);
	self->d.cur_entry = 0;
	EXPECT_EQ(0, psc_process(&self->d, 253, record, &self->s));
	EXPECT_EQ(2, self->s.calls);
}

TEST_F(psc, page_that_cannot_change_stops_the_list)
{
	self->s.fail_at = 2;
	self->d.end_entry = 2;
	self->d.entry[0] = entry(0x1000, SNP_PSC_OP_SHARED, false, 0);
	self->d.entry[1] = entry(~0ULL, SNP_PSC_OP_SHARED, false, 0);
	self->d.entry[2] = entry(0x1001, SNP_PSC_OP_SHARED, false, 0);
	EXPECT_EQ(SNP_PSC_GENERIC_ERROR, psc_process(&self->d, 253, record, &self->s));
	EXPECT_EQ(1, self->d.cur_entry);
	EXPECT_EQ(2, self->s.calls);
}

TEST_F(psc, random_lists_stay_inside_the_buffer)
{
	unsigned int seed = 1, i, round;
	uint8_t *bytes = (uint8_t *)&self->d;
	uint64_t r;

	for (round = 0; round < 2000; round++) {
		for (i = 0; i < sizeof(self->d); i++)
			bytes[i] = rand_r(&seed);
		if (round & 1)
			self->d.end_entry %= SNP_PSC_MAX_ENTRIES;
		r = psc_process(&self->d, 253, record, &self->s);
		EXPECT_TRUE(!r || r == SNP_PSC_INVALID_HDR || r == SNP_PSC_INVALID_ENTRY);
	}
}

/* Ports and MSRs. */

TEST(ioio_information_is_decoded)
{
	struct ioio io;

	ioio_decode(&io, 0x3f8 << 16 | 1 << 9 | 1 << 4);
	EXPECT_FALSE(io.in);
	EXPECT_FALSE(io.string);
	EXPECT_EQ(1, io.size);
	EXPECT_EQ(0x3f8, io.port);
	ioio_decode(&io, 0xcfcU << 16 | 1 << 6 | 1);
	EXPECT_TRUE(io.in);
	EXPECT_EQ(4, io.size);
	ioio_decode(&io, 0x1f0 << 16 | 1 << 5 | 0xd);
	EXPECT_TRUE(io.string);
	EXPECT_EQ(2, io.size);
	ioio_decode(&io, ~0x70ULL);
	EXPECT_EQ(0, io.size);
	EXPECT_EQ(0xffff, io.port);
}

TEST(msrs_are_passed_intercepted_or_unknown)
{
	EXPECT_TRUE(msr_passed_through(0xc0000080));
	EXPECT_TRUE(msr_passed_through(0xc0000102));
	EXPECT_TRUE(msr_passed_through(0x277));
	EXPECT_FALSE(msr_passed_through(0x1b));
	EXPECT_FALSE(msr_passed_through(0xc0010130));
	EXPECT_TRUE(msr_known(0x10, true));
	EXPECT_TRUE(msr_known(0xfe, false));
	EXPECT_FALSE(msr_known(0xfe, true));
	EXPECT_FALSE(msr_known(0x12345678, false));
	EXPECT_FALSE(msr_known(0x800, false));
}

/* CPUID table. */

static struct snp_cpuid_entry *row(struct snp_cpuid_page *t, uint32_t fn, uint32_t sub)
{
	unsigned int i;

	for (i = 0; i < t->count; i++)
		if (t->entry[i].eax_in == fn && t->entry[i].ecx_in == sub)
			return &t->entry[i];
	return NULL;
}

TEST(cpuid_table_fits_and_asks_each_question_once)
{
	struct snp_cpuid_page t;
	unsigned int i, j;

	cpuid_request(&t);
	EXPECT_LE(t.count, SNP_CPUID_MAX_ENTRIES);
	for (i = 0; i < t.count; i++)
		for (j = 0; j < i; j++)
			EXPECT_FALSE(t.entry[i].eax_in == t.entry[j].eax_in &&
				     t.entry[i].ecx_in == t.entry[j].ecx_in);
	EXPECT_EQ(1, row(&t, 0xd, 0)->xcr0_in);
	EXPECT_EQ(1, row(&t, 0xd, 1)->xcr0_in);
	EXPECT_EQ(0, row(&t, 0xd, 2)->xcr0_in);
	EXPECT_EQ(0, row(&t, 0x1, 0)->xcr0_in);
}

TEST(cpuid_table_is_that_of_an_snp_guest)
{
	struct snp_cpuid_page t;
	unsigned int i;

	cpuid_request(&t);
	for (i = 0; i < t.count; i++) {
		t.entry[i].eax = 0xffffffff;
		t.entry[i].ebx = 0xffffffff;
		t.entry[i].ecx = 0xffffffff;
		t.entry[i].edx = 0xffffffff;
	}
	row(&t, 0x80000000, 0)->eax = 0x8000001a;
	cpuid_adapt(&t, 46, 0, 0);
	EXPECT_EQ(0x80000021, row(&t, 0x80000000, 0)->eax);
	EXPECT_EQ(0x45a, row(&t, 0x8000001f, 0)->eax);
	EXPECT_EQ(46, row(&t, 0x8000001f, 0)->ebx & 0x3f);
	EXPECT_EQ(1, row(&t, 0x8000001f, 0)->ebx >> 31);
	EXPECT_EQ(0, row(&t, 0x1, 0)->ecx & (BIT(3) | BIT(21) | BIT(27)));
	EXPECT_EQ(BIT(28), row(&t, 0x1, 0)->ecx & BIT(28));
	EXPECT_EQ(0, row(&t, 0x7, 1)->eax & BIT(17));
	cpuid_adapt(&t, 46, SNP_SEV_STATUS_DEBUG_SWAP | SNP_SEV_STATUS_SECURE_TSC, 0);
	EXPECT_EQ(0x455a, row(&t, 0x8000001f, 0)->eax);

	/* Without XSAVE no AVX and nothing that builds on it. */
	row(&t, 0x1, 0)->ecx = ~(uint32_t)BIT(26);
	row(&t, 0x7, 0)->ebx = 0xffffffff;
	cpuid_adapt(&t, 46, 0, 0);
	EXPECT_EQ(0, row(&t, 0x1, 0)->ecx & (BIT(12) | BIT(28) | BIT(29)));
	EXPECT_EQ(0, row(&t, 0x7, 0)->ebx & BIT(5));
	EXPECT_EQ(BIT(1), row(&t, 0xd, 1)->eax & BIT(1));
}

TEST(cpuid_answers_carry_the_asking_cpu)
{
	struct snp_cpuid_page t;
	struct cpuid_result r;

	cpuid_request(&t);
	row(&t, 0x1, 0)->ebx = 0xaa112233;
	row(&t, 0x7, 1)->eax = 7;
	r = cpuid_answer(&t, 0x1, 99, 3);
	EXPECT_EQ(0x03112233, r.ebx);
	r = cpuid_answer(&t, 0xb, 1, 5);
	EXPECT_EQ(5, r.edx);
	r = cpuid_answer(&t, 0x8000001e, 0, 6);
	EXPECT_EQ(6, r.eax);
	r = cpuid_answer(&t, 0x7, 1, 0);
	EXPECT_EQ(7, r.eax);
	r = cpuid_answer(&t, 0x7, 77, 0);
	EXPECT_EQ(0, r.eax | r.ebx | r.ecx | r.edx);
	r = cpuid_answer(&t, 0x12345678, 0, 1);
	EXPECT_EQ(0, r.eax | r.ebx | r.ecx | r.edx);
}

TEST(cpuid_count_from_outside_is_bounded)
{
	static struct snp_cpuid_page t;
	struct cpuid_result r;

	t.count = 0xffffffff;
	r = cpuid_answer(&t, 0x42, 0, 0);
	EXPECT_EQ(0, r.eax);
}

/* Launch. */

static const struct launch_input usual = {
	.ram_size = 512ULL << 20,
	.kernel_len = 14526400,
	.initrd_gpa = 0x1fde7000,
	.initrd_len = 2066136,
	.cmdline_gpa = 0x20000,
	.cmdline_len = 46,
};

TEST(page_list_has_the_documented_order)
{
	static const enum snp_page_type types[] = {
		SNP_PAGE_TYPE_NORMAL, SNP_PAGE_TYPE_NORMAL, SNP_PAGE_TYPE_NORMAL,
		SNP_PAGE_TYPE_NORMAL, SNP_PAGE_TYPE_UNMEASURED, SNP_PAGE_TYPE_UNMEASURED,
		SNP_PAGE_TYPE_SECRETS, SNP_PAGE_TYPE_CPUID, SNP_PAGE_TYPE_VMSA,
	};
	static const uint64_t gpas[] = {
		0x100000, 0x1fde7000, 0x20000, 0x91000, 0x90000, 0x97000, 0x92000, 0x93000,
		0xfffffffff000,
	};
	struct launch_plan p;
	unsigned int i;

	ASSERT_EQ(NULL, layout_plan(&p, &usual));
	ASSERT_EQ(9, p.nr);
	for (i = 0; i < p.nr; i++) {
		EXPECT_EQ(types[i], p.range[i].type);
		EXPECT_EQ(gpas[i], p.range[i].gpa);
	}
	EXPECT_EQ(3547, p.range[0].nr_pages);
	EXPECT_EQ(505, p.range[1].nr_pages);
}

TEST(machine_without_initrd_has_no_initrd_range)
{
	struct launch_input in = usual;
	struct launch_plan p;

	in.initrd_len = 0;
	in.initrd_gpa = 0;
	ASSERT_EQ(NULL, layout_plan(&p, &in));
	EXPECT_EQ(8, p.nr);
	EXPECT_STREQ("cmdline", p.range[1].source);
}

TEST(input_that_does_not_fit_is_refused)
{
	struct launch_input in;
	struct launch_plan p;

#define REFUSED(member, value) do {			\
		in = usual;				\
		in.member = value;			\
		EXPECT_NE(NULL, layout_plan(&p, &in));	\
	} while (0)
	REFUSED(kernel_len, 0);
	REFUSED(kernel_len, 0xffffffff);
	REFUSED(kernel_len, 0x1fd00000);
	REFUSED(initrd_gpa, 0x1fde7001);
	REFUSED(initrd_gpa, 0x200000);
	REFUSED(initrd_gpa, 0x1fffffff000);
	REFUSED(initrd_len, ~0xfffULL);
	REFUSED(cmdline_gpa, 0x20010);
	REFUSED(cmdline_gpa, 0);
	REFUSED(cmdline_gpa, 0x90000);
	REFUSED(cmdline_gpa, ~0xfffULL);
	REFUSED(cmdline_len, 4096);
	in = usual;
	in.cmdline_len = 4095;
	EXPECT_EQ(NULL, layout_plan(&p, &in));
#undef REFUSED
}

TEST(memory_map_loses_the_hole_and_keeps_acpi_tables_private)
{
	unsigned int nr = 6, none = 0;
	struct layout_e820 map[7] = {
		{ 0, 0x9fc00, 1 }, { 0x9fc00, 0x400, 2 }, { 0xf0000, 0x10000, 2 },
		{ 0x100000, 0x1fee0000, 1 }, { 0x1ffe0000, 0x20000, 2 },
		{ 0xfffc0000, 0x40000, 2 },
	};

	EXPECT_EQ(NULL, layout_e820_prepare(map, &nr, 7));
	ASSERT_EQ(7, nr);
	EXPECT_EQ(LAYOUT_HOLE, map[0].size);
	EXPECT_EQ(LAYOUT_SETUP_DATA, map[1].addr);
	EXPECT_EQ(0x1000, map[1].size);
	EXPECT_EQ(1, map[1].type);
	EXPECT_EQ(0x9fc00, map[2].addr);
	EXPECT_EQ(3, map[5].type);
	EXPECT_EQ(2, map[6].type);
	EXPECT_NE(NULL, layout_e820_prepare(map, &none, 7));
	/* No room for one more, or too little memory. */
	map[0].size = 0x9fc00;
	EXPECT_NE(NULL, layout_e820_prepare(map, &nr, 7));
	map[0].size = 0x80000;
	EXPECT_NE(NULL, layout_e820_prepare(map, &nr, 8));
	EXPECT_EQ(7, nr);
}

TEST(boot_vmsa_is_the_documented_one)
{
	struct snp_vmsa v;

	layout_boot_vmsa(&v, 1);
	EXPECT_EQ(0x100000, v.rip);
	EXPECT_EQ(LAYOUT_BOOT_PARAMS, v.rsi);
	EXPECT_EQ(0xc9b, v.cs.attrib);
	EXPECT_EQ(0x1000, v.efer);
	EXPECT_EQ(0x11, v.cr0);
	EXPECT_EQ(1, v.sev_features);
	EXPECT_EQ(0, v.vmpl);
}

/* Secure TSC. */

TEST(nominal_frequency_is_above_the_mean_by_the_factor)
{
	EXPECT_EQ(2000, tsc_nominal_mhz(2000000, 0));
	EXPECT_EQ(2000, tsc_nominal_mhz(1996000, 200));
	EXPECT_EQ(2450, tsc_nominal_mhz(2450499, 0));
	EXPECT_EQ(2451, tsc_nominal_mhz(2450500, 0));
	EXPECT_EQ(4000, tsc_nominal_mhz(2000000, 50000));
	EXPECT_EQ(200000, tsc_nominal_mhz(2000, 99999));
}

TEST(guest_computes_the_mean_back)
{
	uint64_t khz, mhz, back;
	uint32_t factor;

	for (khz = 1000000; khz < 5000000; khz += 12345)
		for (factor = 0; factor < 1000; factor += 100) {
			mhz = tsc_nominal_mhz(khz, factor);
			back = mhz * 1000 - mhz * 1000 * factor / 100000;
			/* Half a MHz is what the MSR cannot say. */
			EXPECT_LE(back > khz ? back - khz : khz - back, 501);
		}
}

TEST(frequency_that_does_not_exist_is_none)
{
	EXPECT_EQ(0, tsc_nominal_mhz(0, 0));
	EXPECT_EQ(0, tsc_nominal_mhz(499, 0));
	EXPECT_EQ(0, tsc_nominal_mhz(2000000, 100000));
	EXPECT_EQ(0, tsc_nominal_mhz(2000000, 100001));
	EXPECT_EQ(0, tsc_nominal_mhz(2000000, 0xa5a5a5a5));
	EXPECT_EQ(0, tsc_nominal_mhz(2000000, ~0u));
	EXPECT_EQ(0, tsc_nominal_mhz(~0ULL, 0));
	EXPECT_EQ(0x3ffff, tsc_nominal_mhz(0x3ffffULL * 1000, 0));
	EXPECT_EQ(0, tsc_nominal_mhz(0x40000ULL * 1000, 0));
	EXPECT_EQ(0, tsc_nominal_mhz(5000000, 99999));
}

TEST(only_a_plain_tsc_can_run)
{
	static struct snp_vmsa vmsa;

	EXPECT_FALSE(tsc_vmsa_is_plain(&vmsa));
	vmsa.tsc_scale = 1ULL << 32;
	EXPECT_TRUE(tsc_vmsa_is_plain(&vmsa));
	vmsa.tsc_offset = 1;
	EXPECT_FALSE(tsc_vmsa_is_plain(&vmsa));
	vmsa.tsc_offset = 0;
	vmsa.tsc_scale = 3ULL << 31;
	EXPECT_FALSE(tsc_vmsa_is_plain(&vmsa));
}

TEST_HARNESS_MAIN
