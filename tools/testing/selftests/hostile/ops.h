/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Operations of a guest that a hostile hypervisor may spoil, for the programs
 * that run inside one: loading and unloading snp_guest.ko, guest messages,
 * and the control port of SoftSNP's guest role.
 */
#ifndef SELFTESTS_HOSTILE_OPS_H
#define SELFTESTS_HOSTILE_OPS_H

#include <stdbool.h>
#include <stdint.h>

#define PORT_PROBE	0x5e51
#define PROBE_VALUE	0x5a

/* Asks the platform; exits the program when there is none. */
const char *control(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The same, and the answer must be "ok"; its number, if it has one. */
unsigned int control_ok(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Each returns 0 or an errno. */
int module_load(void);
int module_unload(void);
bool module_loaded(void);
/* First line of the state attribute, or "" without the module. */
const char *module_state(void);

/*
 * Each returns 0 or an errno; -1 when success is a lie or failure leaves
 * something behind in the caller's buffers (told on stderr).
 */
int message_report(void);
int message_key(void);
int message_ext(void);		/* with room for certificates */
int message_ext_size(void);	/* without: asks for their size */
/* Derives the key that later ones are compared with. */
int message_key_first(void);
const uint8_t *message_known_key(void);

/* What the kernel has logged since the last call of log_clear(). */
void log_clear(void);
bool log_has(const char *text);

#endif /* SELFTESTS_HOSTILE_OPS_H */
