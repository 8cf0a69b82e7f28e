// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mailbox registers of the AMD-SP, and the worker that executes commands.
 * SEV API (55766) and SNP firmware ABI (56860), mailbox chapters.
 *
 * The documents leave open (U) what happens to a command that is written while
 * another runs: here it is ignored, logged and counted.  Likewise a command
 * register write with the response bit set, which submits nothing.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <snp/fw.h>

#include "count.h"
#include "irq.h"
#include "log.h"
#include "mailbox.h"
#include "part.h"

/*
 * Other registers of the function.  The CCP queue mask says that no command
 * queue is available: there is no CCP engine.  The platform access mailbox is
 * not implemented and stays idle.
 */
#define REG_CCP_QUEUE_MASK	0x00000
#define REG_PA_CMDRESP		0x10570

/* AA.BB.CC.DD with AA in the most significant byte; of no real part. */
#define BOOTLOADER_VERSION	0x00010000

/* How long a spurious interrupt is ahead of the real one. */
#define SPURIOUS_MS		50

#define FEATURES		(SNP_PSP_FEATURE_SEV | SNP_PSP_FEATURE_SECURITY)

struct mailbox {
	struct mailbox_ops ops;
	struct irq *irq;
	const struct part *part;
	pthread_t worker;

	pthread_mutex_t lock;		/* everything below */
	pthread_cond_t change;
	bool busy;			/* a command is submitted and not completed */
	bool pending;			/* the worker is to execute it, or does */
	bool discard;			/* reset waits: drop the result */
	bool stop;
	uint32_t cmd;
	uint64_t buf_spa;
	bool ioc;

	uint32_t cmdresp;
	uint32_t cmdbuf_lo;
	uint32_t cmdbuf_hi;
	uint32_t int_enable;
	uint32_t int_status;
};

/* Power-on: the mailbox is ready (U: the documents do not give the value). */
static void regs_reset(struct mailbox *m)
{
	m->cmdresp = SNP_CMDRESP_RESPONSE;
	m->cmdbuf_lo = 0;
	m->cmdbuf_hi = 0;
	m->int_enable = 0;
	m->int_status = 0;
}

/* Under the lock; returns whether the interrupt is to be raised. */
static bool complete(struct mailbox *m, uint32_t status)
{
	m->cmdresp = SNP_CMDRESP_RESPONSE | FIELD_PREP(SNP_CMDRESP_CMD, m->cmd) |
		     FIELD_PREP(SNP_CMDRESP_STATUS, status);
	m->int_status |= SNP_PSP_INT_CMD_DONE;
	m->busy = false;
	return m->ioc && (m->int_enable & SNP_PSP_INT_CMD_DONE);
}

/* Wait, unless a reset or the end comes first; under the lock. */
static void delay(struct mailbox *m, uint32_t ms)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += ms % 1000 * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_nsec -= 1000000000L;
		until.tv_sec++;
	}
	while (!m->discard && !pthread_cond_timedwait(&m->change, &m->lock, &until))
		;
}

/* An interrupt that announces what has not happened, and time to fall for it. */
static void raise_spurious(struct mailbox *m)
{
	m->int_status |= SNP_PSP_INT_CMD_DONE;
	if (m->int_enable & SNP_PSP_INT_CMD_DONE)
		irq_raise(m->irq, 0);
	delay(m, SPURIOUS_MS);
}

/* Execute the command, or what is planned instead; the lock is dropped meanwhile. */
static uint32_t execute(struct mailbox *m, struct fault_plan *plan)
{
	uint32_t status = MAILBOX_NO_ANSWER;

	*plan = (struct fault_plan) { 0 };
	if (m->ops.plan) {
		pthread_mutex_unlock(&m->lock);
		*plan = m->ops.plan(m->ops.opaque, m->cmd, m->buf_spa);
		pthread_mutex_lock(&m->lock);
	}
	if (plan->spurious)
		raise_spurious(m);
	if (plan->delay_ms)
		delay(m, plan->delay_ms);
	if (plan->no_answer || m->discard)
		return status;
	if (plan->refuse)
		return plan->status;

	pthread_mutex_unlock(&m->lock);
	status = m->ops.command(m->ops.opaque, m->cmd, m->buf_spa);
	pthread_mutex_lock(&m->lock);
	return status;
}

static void *worker(void *arg)
{
	struct mailbox *m = arg;
	struct fault_plan plan;
	uint32_t status;
	bool raise;

	pthread_mutex_lock(&m->lock);
	for (;;) {
		while (!m->pending && !m->stop)
			pthread_cond_wait(&m->change, &m->lock);
		if (!m->pending)
			break;
		status = execute(m, &plan);
		/*
		 * Response and status are readable before the interrupt is: the
		 * guest's handler may run within microseconds.  The lock is kept
		 * so that a reset does not fall between them.
		 */
		raise = !m->discard && status != MAILBOX_NO_ANSWER && complete(m, status);
		m->pending = false;
		if (raise && plan.lose_irq) {
			log_line("interrupt lost (fault injected)");
			count_event("fault.irq-lost");
		} else if (raise) {
			count_event("mailbox.interrupts");
			irq_raise(m->irq, 0);
		}
		pthread_cond_broadcast(&m->change);
	}
	pthread_mutex_unlock(&m->lock);
	return NULL;
}

struct mailbox *mailbox_new(const struct mailbox_ops *ops, struct irq *irq,
			    const struct part *part)
{
	struct mailbox *m = calloc(1, sizeof(*m));
	pthread_condattr_t monotonic;

	if (!m)
		return NULL;
	m->ops = *ops;
	m->irq = irq;
	m->part = part;
	regs_reset(m);
	pthread_mutex_init(&m->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&m->change, &monotonic);
	pthread_condattr_destroy(&monotonic);
	if (pthread_create(&m->worker, NULL, worker, m)) {
		pthread_cond_destroy(&m->change);
		pthread_mutex_destroy(&m->lock);
		free(m);
		return NULL;
	}
	return m;
}

void mailbox_free(struct mailbox *m)
{
	if (!m)
		return;
	pthread_mutex_lock(&m->lock);
	m->stop = true;
	m->discard = true;
	pthread_cond_broadcast(&m->change);
	pthread_mutex_unlock(&m->lock);
	pthread_join(m->worker, NULL);
	pthread_cond_destroy(&m->change);
	pthread_mutex_destroy(&m->lock);
	free(m);
}

void mailbox_reset(struct mailbox *m)
{
	pthread_mutex_lock(&m->lock);
	m->discard = true;
	/* A command that is only being slow must not be waited for. */
	pthread_cond_broadcast(&m->change);
	while (m->pending)
		pthread_cond_wait(&m->change, &m->lock);
	m->discard = false;
	m->busy = false;
	regs_reset(m);
	m->ops.reset(m->ops.opaque);
	count_event("mailbox.resets");
	pthread_mutex_unlock(&m->lock);
}

static bool dead(const struct mailbox *m)
{
	return m->ops.dead && m->ops.dead(m->ops.opaque);
}

static uint32_t reg_read(const struct mailbox *m, uint32_t off)
{
	if (off == m->part->int_enable)
		return m->int_enable;
	if (off == m->part->int_status)
		return m->int_status;
	switch (off) {
	case REG_CCP_QUEUE_MASK:
		return 0;
	case REG_PA_CMDRESP:
		return SNP_CMDRESP_RESPONSE;
	case SNP_PSP_REG_FEATURE:
		return FEATURES;
	case SNP_PSP_REG_BOOTLOADER:
		return BOOTLOADER_VERSION;
	case SNP_PSP_REG_CMDRESP:
		return m->cmdresp;
	case SNP_PSP_REG_CMDBUF_LO:
		return m->cmdbuf_lo;
	case SNP_PSP_REG_CMDBUF_HI:
		return m->cmdbuf_hi;
	}
	return 0;
}

static void submit(struct mailbox *m, uint32_t value)
{
	if (m->busy) {
		log_warn("command 0x%03x written while command 0x%03x runs: ignored",
			 (unsigned int)FIELD_GET(SNP_CMDRESP_CMD, value), m->cmd);
		count_event("mailbox.ignored_busy");
		return;
	}
	if (value & SNP_CMDRESP_RESPONSE) {
		log_warn("CmdResp written 0x%08x with the response bit set: no command", value);
		return;
	}
	m->cmdresp = value;
	m->cmd = FIELD_GET(SNP_CMDRESP_CMD, value);
	m->ioc = value & SNP_CMDRESP_IOC;
	m->buf_spa = (uint64_t)m->cmdbuf_hi << 32 | m->cmdbuf_lo;
	m->busy = true;
	m->pending = true;
	pthread_cond_broadcast(&m->change);
}

static void reg_write(struct mailbox *m, uint32_t off, uint32_t value)
{
	if (off == m->part->int_enable) {
		m->int_enable = value;
		return;
	}
	if (off == m->part->int_status) {
		m->int_status &= ~value;
		return;
	}
	switch (off) {
	case SNP_PSP_REG_CMDRESP:
		submit(m, value);
		break;
	case SNP_PSP_REG_CMDBUF_LO:
		m->cmdbuf_lo = value;
		break;
	case SNP_PSP_REG_CMDBUF_HI:
		m->cmdbuf_hi = value;
		break;
	default:
		log_trace("write of 0x%08x to unimplemented register 0x%05x", value, off);
	}
}

void mailbox_read(struct mailbox *m, uint32_t off, void *buf, uint32_t len)
{
	uint8_t *byte = buf;
	uint32_t i, value = 0;

	if (dead(m)) {
		memset(buf, 0xff, len);
		return;
	}
	pthread_mutex_lock(&m->lock);
	for (i = 0; i < len; i++) {
		if (!i || !((off + i) & 3))
			value = reg_read(m, (off + i) & ~3U);
		byte[i] = value >> (8 * ((off + i) & 3));
	}
	pthread_mutex_unlock(&m->lock);
}

void mailbox_write(struct mailbox *m, uint32_t off, const void *buf, uint32_t len)
{
	const uint8_t *byte = buf;
	uint32_t value;

	if (dead(m))
		return;
	if ((off | len) & 3) {
		log_warn("write of %u bytes at register 0x%05x ignored: registers are 32 bits",
			 len, off);
		return;
	}
	pthread_mutex_lock(&m->lock);
	for (; len; off += 4, byte += 4, len -= 4) {
		memcpy(&value, byte, 4);
		reg_write(m, off, value);
	}
	pthread_mutex_unlock(&m->lock);
}
