/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An RMP in ordinary memory, with RMPUPDATE and PSMASH on it as AMD64 APM
 * volume 3 (24594) has them, for suites that include the sources under test.
 * Include behind table.c and update.c.
 */
#ifndef SNP_KUNIT_RMP_MACHINE_H
#define SNP_KUNIT_RMP_MACHINE_H

#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/vmalloc.h>

/**
 * struct machine - the RMP, and what it is told to do wrong
 * @t: the table as the code under test sees it
 * @segment: the only one
 * @entries: its entries
 * @nr_updates: RMPUPDATEs
 * @nr_updates_2m: of them for 2 MiB
 * @nr_psmash: PSMASHs
 * @fail_at: this RMPUPDATE, counted from 1, answers @fail_code, and all after it
 * @fail_code: see @fail_at
 * @psmash_code: every PSMASH answers this, when it is not 0
 */
struct machine {
	struct rmp_table t;
	struct rmp_mapping segment;
	struct snp_rmp_raw *entries;
	unsigned int nr_updates;
	unsigned int nr_updates_2m;
	unsigned int nr_psmash;
	unsigned int fail_at;
	unsigned int fail_code;
	unsigned int psmash_code;
};

static struct machine *machine;

static struct rmp_entry entry_of(u64 pfn)
{
	struct rmp_entry e;

	rmp_entry_decode(&machine->entries[pfn], &e);
	return e;
}

static void set_entry(u64 pfn, const struct rmp_entry *e)
{
	rmp_entry_encode(e, &machine->entries[pfn]);
}

static bool inside_2m(u64 pfn)
{
	struct rmp_entry head = entry_of(round_down(pfn, (u64)RMP_PAGES_2M));

	return pfn % RMP_PAGES_2M && head.assigned && head.size_2m;
}

static unsigned int machine_rmpupdate(u64 spa, const struct snp_rmp_state *in)
{
	const u64 pfn = spa >> SNP_PAGE_SHIFT;
	struct rmp_entry old, new = { }, other = { };
	unsigned int i;

	machine->nr_updates++;
	if (machine->fail_at && machine->nr_updates >= machine->fail_at)
		return machine->fail_code;
	if (spa & ((in->pagesize ? SZ_2M : SZ_4K) - 1) || pfn >= machine->segment.seg.nr_frames ||
	    (!in->assigned && (in->immutable || in->asid)))
		return SNP_RMPUPDATE_FAIL_INPUT;
	old = entry_of(pfn);
	if (old.immutable)
		return SNP_RMPUPDATE_FAIL_PERMISSION;
	if (!in->pagesize && (inside_2m(pfn) || (old.assigned && old.size_2m)))
		return SNP_RMPUPDATE_FAIL_OVERLAP;
	for (i = 0; in->pagesize && !(old.assigned && old.size_2m) && i < RMP_PAGES_2M; i++)
		if (entry_of(pfn + i).assigned)
			return SNP_RMPUPDATE_FAIL_OVERLAP;

	if (in->assigned) {
		new.assigned = true;
		new.size_2m = in->pagesize;
		new.immutable = in->immutable;
		new.asid = in->asid;
		new.gpa = in->gpa;
		other.assigned = true;
	}
	set_entry(pfn, &new);
	for (i = 1; in->pagesize && i < RMP_PAGES_2M; i++)
		set_entry(pfn + i, &other);
	machine->nr_updates_2m += in->pagesize;
	return 0;
}

static unsigned int machine_psmash(u64 spa)
{
	const u64 pfn = spa >> SNP_PAGE_SHIFT;
	struct rmp_entry e = entry_of(pfn);
	unsigned int i;

	machine->nr_psmash++;
	if (machine->psmash_code)
		return machine->psmash_code;
	if (spa & (SZ_2M - 1))
		return SNP_PSMASH_FAIL_INPUT;
	if (e.immutable)
		return SNP_PSMASH_FAIL_PERMISSION;
	if (!e.assigned || !e.size_2m)
		return SNP_PSMASH_FAIL_BADADDR;
	e.size_2m = false;
	for (i = 0; i < RMP_PAGES_2M; i++) {
		set_entry(pfn + i, &e);
		if (e.asid)
			e.gpa += SNP_PAGE_SIZE;
	}
	return 0;
}

static void machine_free(void *unused)
{
	vfree(machine->entries);
	machine = NULL;
}

static struct machine *machine_new(struct kunit *test, u64 nr_frames)
{
	struct machine *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, m);
	m->entries = vzalloc(nr_frames * sizeof(*m->entries));
	KUNIT_ASSERT_NOT_NULL(test, m->entries);
	machine = m;
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, machine_free, NULL), 0);
	m->t.segment = &m->segment;
	m->t.nr_segments = 1;
	m->segment.seg.nr_frames = nr_frames;
	m->segment.entries = m->entries;
	kunit_activate_static_stub(test, insn_rmpupdate, machine_rmpupdate);
	kunit_activate_static_stub(test, insn_psmash, machine_psmash);
	return m;
}

static int state_of(u64 pfn)
{
	struct rmp_entry e;

	return rmp_lookup(&machine->t, pfn, &e) ? -ENXIO : rmp_entry_state(&e);
}

#endif /* SNP_KUNIT_RMP_MACHINE_H */
