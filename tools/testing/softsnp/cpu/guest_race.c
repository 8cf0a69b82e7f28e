// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest role: a hypervisor that changes shared memory while the guest reads it.
 * The worst moment is right after a read, before the guest reads the same
 * place again; and that moment is known here, for every load, as soon as the
 * access checker looks at them.
 */
#include <pthread.h>

#include "guest_fault.h"

#define MAX_RACES	8

static struct {
	unsigned int vcpu;
	bool any_exit;		/* of that vCPU ends it; else the next request of any */
	uint64_t gpa, len;
} races[MAX_RACES];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Read without the lock: usually none. */
unsigned int guest_races;

/* Loads are seen by the access checker only. */
bool guest_race_possible(void)
{
	return guest_config.check;
}

void guest_race_start(unsigned int vcpu, uint64_t gpa, uint64_t len, bool any_exit)
{
	pthread_mutex_lock(&lock);
	if (guest_races < MAX_RACES) {
		races[guest_races].vcpu = vcpu;
		races[guest_races].any_exit = any_exit;
		races[guest_races].gpa = gpa;
		races[guest_races].len = len;
		__atomic_store_n(&guest_races, guest_races + 1, __ATOMIC_RELEASE);
	}
	pthread_mutex_unlock(&lock);
	/* What was looked at already is of interest again. */
	guest_check_note(gpa, "raced");
}

/* The vCPU exits again: the answer has been read. */
void guest_race_stop(unsigned int vcpu, bool request)
{
	unsigned int i, kept = 0;

	pthread_mutex_lock(&lock);
	for (i = 0; i < guest_races; i++)
		if (races[i].any_exit ? races[i].vcpu != vcpu : !request)
			races[kept++] = races[i];
	__atomic_store_n(&guest_races, kept, __ATOMIC_RELEASE);
	pthread_mutex_unlock(&lock);
}

void guest_race_loaded(uint64_t gpa, size_t len)
{
	bool racing = false;
	unsigned int i;
	uint8_t *at;

	pthread_mutex_lock(&lock);
	for (i = 0; i < guest_races; i++)
		racing |= gpa >= races[i].gpa && gpa - races[i].gpa < races[i].len;
	pthread_mutex_unlock(&lock);
	at = racing ? guest_spa(gpa, len) : NULL;
	if (!at)
		return;
	count("fault.raced_bytes");
	while (len--)
		*at++ ^= 0xff;
}
