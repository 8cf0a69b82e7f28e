/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests of guests on a host share: guests through /dev/snp_vmm, and
 * what a guest and its owner do with keys.
 */
#ifndef SELFTEST_VMM_H
#define SELFTEST_VMM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <snp/fw_guest.h>
#include <snp/guest_msg.h>
#include <snp/guest_pages.h>

#include "../../modules/snp_vmm.h"

/* For one test; a machine in software on a busy one is slow. */
#define TIMEOUT_S	240

/* Where the platform has the AMD-SP. */
#define FUNCTION	"0000:00:04.0"
#define DRIVER		"/sys/bus/pci/drivers/snp_host/"

#define POLICY		(SNP_POLICY_SMT | SNP_POLICY_RESERVED_ONE)
#define POLICY_DEBUG	(POLICY | SNP_POLICY_DEBUG)

#define GPA_IMAGE	0x200000ULL		/* 2 MiB aligned */
#define GPA_SECRETS	0x10000ULL
#define GPA_CPUID	0x11000ULL
#define NR_IMAGE	(512 + 3)		/* one large page and a rest */

/* vmm.c */
struct image {
	uint8_t code[NR_IMAGE][SNP_PAGE_SIZE];
	uint8_t cpuid[SNP_PAGE_SIZE];
	struct snp_vmsa vmsa;
	struct vmm_range range[4];
	struct vmm_launch launch;
};

struct image *image_new(uint64_t policy);
int vmm_open(void);
int vmm_launch(int fd, struct image *im);
int vmm_mem(int fd, unsigned long cmd, uint64_t gpa, uint64_t nr_pages);
int vmm_pfn(int fd, uint64_t gpa, uint64_t *pfn);
int rmp_entry(uint64_t pfn, char *line, size_t len);
int write_file(const char *path, const char *text);
long read_long(const char *path);
long nr_quarantined(void);
bool quarantine_lists(uint64_t pfn);
int vmm_fault(const char *spec);

struct asids {
	unsigned int max, used, dirty, lost;
};

bool read_asids(struct asids *a);

/* log.c */
void log_mark(void);
bool log_find(const char *regex, char *line, size_t len);
void row(const char *fault, const char *phase, const char *result, const char *reported,
	 long lost, const char *after);

/* trace.c */
#define TRACING		"/sys/kernel/tracing/"

bool trace_begin(const char *system);
bool trace_find(const char *regex);
bool trace_end(const char *system);

/* crypto.c */
void sha384(const void *data, size_t len, uint8_t digest[48]);
bool msg_seal(const uint8_t key[32], struct snp_msg *msg);
bool msg_open(const uint8_t key[32], struct snp_msg *msg);
void msg_report_req(struct snp_msg *msg, unsigned int vmpck, uint64_t seqno, uint8_t fill);
bool id_sign(const struct snp_id_block *block, struct snp_id_auth *auth, bool author);

#endif /* SELFTEST_VMM_H */
