// SPDX-License-Identifier: GPL-2.0-only
/*
 * A hypervisor without CPUs: launches SNP guests through include/snp/host.h
 * and lets user space play guest and attacker.  Test only.
 *
 * Brings memory as the interface wants it: compound pages of 2 MiB, written to
 * by nobody else.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <snp/host.h>

#include "snp_vmm.h"

#define BLOCK_ORDER	9
#define BLOCK_PAGES	BIT(BLOCK_ORDER)
#define MAX_RANGES	256
#define MAX_PAGES	BIT(19)		/* 2 GiB in one range */

/* Memory of one range, by blocks of 2 MiB at the same offset as the GPA. */
struct mem {
	struct list_head list;
	u64 gpa;
	u64 nr_pages;
	u8 type;
	u8 vmpl_perms[3];
	unsigned int nr_blocks;
	struct page *block[];
};

struct vmm {
	struct mutex lock;	/* everything below */
	struct snp_guest *guest;
	struct list_head mem;
	int nr_ended;
};

/* Of the one launch that waits. */
static DECLARE_COMPLETION(waiting);
static DECLARE_COMPLETION(go_on);

static unsigned int end_ms;
module_param(end_ms, uint, 0644);
MODULE_PARM_DESC(end_ms, "how long it takes to stop a guest's CPUs");

/* No CPU runs the guest, so there is none to wait for; the guest must still be one. */
static void on_end(void *opaque)
{
	struct vmm *v = opaque;

	if (v->guest && snp_guest_asid(v->guest))
		WRITE_ONCE(v->nr_ended, v->nr_ended + 1);
	msleep(end_ms);
}

static u64 frame_of(const struct mem *m, u64 n)
{
	n += (m->gpa >> PAGE_SHIFT) % BLOCK_PAGES;
	return page_to_pfn(m->block[n / BLOCK_PAGES]) + n % BLOCK_PAGES;
}

static void mem_free(struct mem *m)
{
	while (m->nr_blocks--)
		if (m->block[m->nr_blocks])
			__free_pages(m->block[m->nr_blocks], BLOCK_ORDER);
	list_del(&m->list);
	kvfree(m);
}

static struct mem *mem_new(struct vmm *v, u64 gpa, u64 nr_pages)
{
	u64 off = (gpa >> PAGE_SHIFT) % BLOCK_PAGES;
	unsigned int nr, i;
	struct mem *m;

	if (!nr_pages || nr_pages > MAX_PAGES)
		return ERR_PTR(-EINVAL);
	nr = DIV_ROUND_UP(off + nr_pages, BLOCK_PAGES);
	m = kvzalloc(struct_size(m, block, nr), GFP_KERNEL);
	if (!m)
		return ERR_PTR(-ENOMEM);
	m->gpa = gpa;
	m->nr_pages = nr_pages;
	m->nr_blocks = nr;
	list_add_tail(&m->list, &v->mem);
	for (i = 0; i < nr; i++) {
		m->block[i] = alloc_pages(GFP_KERNEL | __GFP_COMP | __GFP_ZERO | __GFP_NOWARN,
					  BLOCK_ORDER);
		if (!m->block[i]) {
			mem_free(m);
			return ERR_PTR(-ENOMEM);
		}
	}
	return m;
}

static void mem_free_all(struct vmm *v)
{
	struct mem *m, *next;

	list_for_each_entry_safe(m, next, &v->mem, list)
		mem_free(m);
}

static int mem_fill(struct mem *m, u64 uaddr)
{
	const char __user *from = u64_to_user_ptr(uaddr);
	u64 i;

	for (i = 0; uaddr && i < m->nr_pages; i++)
		if (copy_from_user(pfn_to_kaddr(frame_of(m, i)), from + i * PAGE_SIZE, PAGE_SIZE))
			return -EFAULT;
	return 0;
}

static struct mem *mem_find(struct vmm *v, u64 gpa, u64 nr_pages)
{
	struct mem *m;

	list_for_each_entry(m, &v->mem, list)
		if (gpa >= m->gpa && (gpa - m->gpa) >> PAGE_SHIFT < m->nr_pages &&
		    nr_pages <= m->nr_pages - ((gpa - m->gpa) >> PAGE_SHIFT))
			return m;
	return NULL;
}

/* The list of ranges as the interface wants it: pieces of consecutive frames. */
struct cursor {
	struct vmm *v;
	struct mem *m;
	u64 done;
	bool fail;
	bool wait;
};

static int next_range(void *opaque, struct snp_launch_range *r)
{
	struct cursor *c = opaque;
	struct mem *m = c->m;

	if (list_entry_is_head(m, &c->v->mem, list)) {
		if (c->wait) {
			complete(&waiting);
			if (wait_for_completion_killable(&go_on))
				return -EINTR;
		}
		return c->fail ? -EDOM : 0;
	}
	r->pfn = frame_of(m, c->done);
	r->gpa = m->gpa + (c->done << PAGE_SHIFT);
	r->nr_pages = min_t(u64, m->nr_pages - c->done, BLOCK_PAGES - r->pfn % BLOCK_PAGES);
	r->type = m->type;
	memcpy(r->vmpl_perms, m->vmpl_perms, sizeof(r->vmpl_perms));
	c->done += r->nr_pages;
	if (c->done == m->nr_pages) {
		c->m = list_next_entry(m, list);
		c->done = 0;
	}
	return 1;
}

static int bring_ranges(struct vmm *v, const struct vmm_launch *a)
{
	const struct vmm_range __user *from = u64_to_user_ptr(a->ranges);
	struct vmm_range r;
	struct mem *m;
	unsigned int i;
	int err;

	if (a->nr_ranges > MAX_RANGES)
		return -EINVAL;
	for (i = 0; i < a->nr_ranges; i++) {
		if (copy_from_user(&r, from + i, sizeof(r)))
			return -EFAULT;
		m = mem_new(v, r.gpa, r.nr_pages);
		if (IS_ERR(m))
			return PTR_ERR(m);
		m->type = r.type;
		memcpy(m->vmpl_perms, r.vmpl_perms, sizeof(m->vmpl_perms));
		err = mem_fill(m, r.uaddr);
		if (err)
			return err;
	}
	return 0;
}

static int do_launch(struct vmm *v, struct vmm_launch *a)
{
	struct snp_id_block *block = NULL;
	struct snp_id_auth *auth = NULL;
	struct snp_launch_result res;
	struct cursor c = {
		.v = v,
		.fail = a->flags & VMM_NEXT_FAILS,
		.wait = a->flags & VMM_NEXT_WAITS,
	};
	struct snp_launch l = {
		.policy = a->policy,
		.want_digest = a->flags & VMM_WANT_DIGEST,
		.author_key = a->flags & VMM_AUTHOR_KEY,
		.vcek_disabled = a->flags & VMM_VCEK_DISABLED,
		.next = next_range,
		.opaque = &c,
		.end = on_end,
		.end_opaque = v,
	};
	struct snp_guest *g;
	int err;

	if (v->guest)
		return -EEXIST;
	if (a->id_block) {
		block = memdup_user(u64_to_user_ptr(a->id_block), sizeof(*block));
		if (IS_ERR(block))
			return PTR_ERR(block);
	}
	if (a->id_auth) {
		auth = memdup_user(u64_to_user_ptr(a->id_auth), sizeof(*auth));
		if (IS_ERR(auth)) {
			kfree(block);
			return PTR_ERR(auth);
		}
	}
	l.id_block = block;
	l.id_auth = auth;
	memcpy(l.host_data, a->host_data, sizeof(l.host_data));

	err = bring_ranges(v, a);
	if (err)
		goto free;
	c.m = list_first_entry(&v->mem, struct mem, list);
	g = snp_guest_launch(&l, &res);
	a->cmd = res.cmd;
	a->fw_status = res.fw_status;
	a->failed_pfn = res.failed_pfn;
	a->nr_updates = res.nr_updates;
	memcpy(a->digest, res.digest, sizeof(a->digest));
	err = PTR_ERR_OR_ZERO(g);
	if (!err) {
		v->guest = g;
		a->asid = snp_guest_asid(g);
	}
free:
	if (err)
		mem_free_all(v);
	kfree(auth);
	kfree(block);
	return err;
}

static void do_end(struct vmm *v)
{
	snp_guest_put(v->guest);
	v->guest = NULL;
	mem_free_all(v);
}

static int do_request(struct vmm *v, struct vmm_request *a, bool ext)
{
	const u32 room = a->nr_cert_pages;
	struct snp_msg *req, *rsp;
	void *certs = NULL;
	int err = -ENOMEM;

	if (room > 16)
		return -EINVAL;
	req = memdup_user(u64_to_user_ptr(a->req), sizeof(*req));
	if (IS_ERR(req))
		return PTR_ERR(req);
	rsp = kmalloc(sizeof(*rsp), GFP_KERNEL);
	if (ext && room)
		certs = kmalloc((size_t)room * PAGE_SIZE, GFP_KERNEL);
	if (!rsp || (ext && room && !certs))
		goto free;
	if (ext) {
		memset(certs, 0x5a, room ? (size_t)room * PAGE_SIZE : 0);
		err = snp_guest_ext_request(v->guest, req, rsp, certs, &a->nr_cert_pages,
					    &a->fw_status);
	} else {
		err = snp_guest_request(v->guest, req, rsp, &a->fw_status);
	}
	if (copy_to_user(u64_to_user_ptr(a->rsp), rsp, sizeof(*rsp)) ||
	    (certs && copy_to_user(u64_to_user_ptr(a->certs), certs, (size_t)room * PAGE_SIZE)))
		err = -EFAULT;
free:
	kfree(certs);
	kfree(rsp);
	kfree(req);
	return err;
}

static int do_status(struct vmm *v, struct vmm_status *a)
{
	struct snp_guest_status st;
	int err = snp_guest_status(v->guest, &st, &a->fw_status);

	a->policy = st.policy;
	a->asid = st.asid;
	a->state = st.state;
	return err;
}

static int do_page(struct vmm *v, struct vmm_page *a, bool decrypt)
{
	struct mem *m = mem_find(v, a->gpa, 1);
	void *page;
	int err = 0;
	u64 pfn;

	if (!m)
		return -ENOENT;
	pfn = frame_of(m, (a->gpa - m->gpa) >> PAGE_SHIFT);
	page = kmalloc(PAGE_SIZE, GFP_KERNEL);
	if (!page)
		return -ENOMEM;
	if (decrypt)
		err = snp_guest_dbg_decrypt(v->guest, pfn, page, &a->fw_status);
	else
		memcpy(page, pfn_to_kaddr(pfn), PAGE_SIZE);
	if (copy_to_user(u64_to_user_ptr(a->out), page, PAGE_SIZE))
		err = -EFAULT;
	kfree_sensitive(page);
	return err;
}

/* For each piece of consecutive frames; a failure to make all private makes none so. */
static int for_frames(struct vmm *v, const struct vmm_mem *a, bool private)
{
	struct mem *m = mem_find(v, a->gpa, a->nr_pages);
	u64 done, n, pfn, first;
	struct vmm_mem back = *a;
	int err;

	if (!m)
		return -ENOENT;
	first = (a->gpa - m->gpa) >> PAGE_SHIFT;
	for (done = 0; done < a->nr_pages; done += n) {
		pfn = frame_of(m, first + done);
		n = min_t(u64, a->nr_pages - done, BLOCK_PAGES - pfn % BLOCK_PAGES);
		if (private)
			err = snp_guest_make_private(v->guest, pfn, a->gpa + (done << PAGE_SHIFT),
						     n);
		else
			err = snp_guest_make_shared(v->guest, pfn, n);
		if (!err)
			continue;
		back.nr_pages = done;
		if (private && done)
			for_frames(v, &back, false);
		return err;
	}
	return 0;
}

static int do_private(struct vmm *v, const struct vmm_mem *a)
{
	struct mem *m;

	if (!mem_find(v, a->gpa, a->nr_pages)) {
		m = mem_new(v, a->gpa, a->nr_pages);
		if (IS_ERR(m))
			return PTR_ERR(m);
	}
	return for_frames(v, a, true);
}

static int do_mem(struct vmm *v, unsigned int cmd, struct vmm_mem *a)
{
	struct mem *m;

	switch (cmd) {
	case VMM_PRIVATE:
		return do_private(v, a);
	case VMM_SHARED:
		return for_frames(v, a, false);
	case VMM_PRIVATE_PFN:
		return snp_guest_make_private(v->guest, a->pfn, a->gpa, a->nr_pages);
	case VMM_SHARED_PFN:
		return snp_guest_make_shared(v->guest, a->pfn, a->nr_pages);
	}
	m = mem_find(v, a->gpa, 1);
	if (!m)
		return -ENOENT;
	a->pfn = frame_of(m, (a->gpa - m->gpa) >> PAGE_SHIFT);
	return cmd == VMM_SPLIT ? snp_guest_split(v->guest, a->pfn) : 0;
}

static int do_certs(const struct vmm_certs *a)
{
	void *table;
	int err;

	if (!a->table)
		return snp_host_set_certs(NULL, 0);
	if (!a->len || a->len > 2 * SNP_CERTS_MAX)
		return -EINVAL;
	table = memdup_user(u64_to_user_ptr(a->table), a->len);
	if (IS_ERR(table))
		return PTR_ERR(table);
	err = snp_host_set_certs(table, a->len);
	kfree(table);
	return err;
}

/*
 * A tail of what was allocated without __GFP_COMP has no reference count, and
 * its head is in a block with such pages.
 */
static int do_tail_page(struct vmm *v)
{
	struct page *pages = alloc_pages(GFP_KERNEL, BLOCK_ORDER);
	int err;

	if (!pages)
		return -ENOMEM;
	err = snp_guest_make_private(v->guest, page_to_pfn(pages) + 1, 0x1000, 1);
	if (err == -EINVAL)
		err = snp_guest_make_private(v->guest, page_to_pfn(pages), 0x1000, 1);
	/* Should it have become private it must not be freed. */
	if (err)
		__free_pages(pages, BLOCK_ORDER);
	return err;
}

union argument {
	struct vmm_launch launch;
	struct vmm_request request;
	struct vmm_status status;
	struct vmm_page page;
	struct vmm_mem mem;
	struct vmm_certs certs;
};

static int dispatch(struct vmm *v, unsigned int cmd, union argument *a)
{
	switch (cmd) {
	case VMM_LAUNCH:
		return do_launch(v, &a->launch);
	case VMM_SET_CERTS:
		return do_certs(&a->certs);
	case VMM_WAITING:
		return wait_for_completion_killable(&waiting);
	case VMM_CONTINUE:
		complete(&go_on);
		return 0;
	case VMM_ENDED:
		return READ_ONCE(v->nr_ended);
	}
	if (!v->guest)
		return -ENOENT;
	switch (cmd) {
	case VMM_END:
		do_end(v);
		return 0;
	case VMM_REQUEST:
	case VMM_EXT_REQUEST:
		return do_request(v, &a->request, cmd == VMM_EXT_REQUEST);
	case VMM_STATUS:
		return do_status(v, &a->status);
	case VMM_DBG:
	case VMM_READ:
		return do_page(v, &a->page, cmd == VMM_DBG);
	case VMM_PRIVATE:
	case VMM_SHARED:
	case VMM_SPLIT:
	case VMM_PFN:
	case VMM_PRIVATE_PFN:
	case VMM_SHARED_PFN:
		return do_mem(v, cmd, &a->mem);
	case VMM_ASID:
		return snp_guest_asid(v->guest);
	case VMM_TAIL_PAGE:
		return do_tail_page(v);
	}
	return -ENOTTY;
}

static long vmm_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	void __user *argp = (void __user *)arg;
	const size_t len = _IOC_SIZE(cmd);
	struct vmm *v = file->private_data;
	union argument *a;
	int err;

	if (len > sizeof(*a))
		return -ENOTTY;
	a = kzalloc(sizeof(*a), GFP_KERNEL);
	if (!a)
		return -ENOMEM;
	err = -EFAULT;
	if ((_IOC_DIR(cmd) & _IOC_WRITE) && copy_from_user(a, argp, len))
		goto free;
	mutex_lock(&v->lock);
	err = dispatch(v, cmd, a);
	mutex_unlock(&v->lock);
	if ((_IOC_DIR(cmd) & _IOC_READ) && copy_to_user(argp, a, len))
		err = -EFAULT;
free:
	kfree(a);
	return err;
}

static int vmm_open(struct inode *inode, struct file *file)
{
	struct vmm *v = kzalloc(sizeof(*v), GFP_KERNEL);

	if (!v)
		return -ENOMEM;
	mutex_init(&v->lock);
	INIT_LIST_HEAD(&v->mem);
	file->private_data = v;
	return 0;
}

static int vmm_release(struct inode *inode, struct file *file)
{
	struct vmm *v = file->private_data;

	do_end(v);
	kfree(v);
	return 0;
}

static const struct file_operations vmm_fops = {
	.owner		= THIS_MODULE,
	.open		= vmm_open,
	.release	= vmm_release,
	.unlocked_ioctl	= vmm_ioctl,
};

static struct miscdevice vmm_misc = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "snp_vmm",
	.fops	= &vmm_fops,
};
module_misc_device(vmm_misc);

MODULE_DESCRIPTION("Launches SNP guests through snp_host (test)");
MODULE_LICENSE("GPL");
