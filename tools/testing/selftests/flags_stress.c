// SPDX-License-Identifier: GPL-2.0-only
/*
 * Intercepted instructions right after flags were loaded as a whole and then
 * set by an operand full of bits: what breaks an emulator that loses track of
 * the flags (tools/testing/softsnp/cpu/flags.c).  Runs inside a guest, two at
 * a time.
 */
#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS		40000
/* What RFLAGS of a user program may hold: arithmetic, DF, IF, bit 1. */
#define FLAGS_POSSIBLE	0xed7ULL

static int stress(uint64_t seed)
{
	uint64_t operand = seed, flags;
	uint32_t eax, ebx, ecx, edx;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		operand = operand * 6364136223846793005ULL + 1442695040888963407ULL;
		eax = 0;
		ecx = 0;
		asm volatile("pushfq; popfq; cmp %[x], %[y]; cpuid; pushfq; pop %[flags]"
			     : "+a"(eax), "=&b"(ebx), "+c"(ecx), "=&d"(edx), [flags] "=&r"(flags)
			     : [x] "r"(operand >> 16), [y] "r"(seed) : "cc", "memory");
		if (flags & ~FLAGS_POSSIBLE) {
			printf("RFLAGS 0x%llx in round %d\n", (unsigned long long)flags, i);
			return 1;
		}
	}
	return 0;
}

int main(void)
{
	int status;
	pid_t pid;

	pid = fork();
	if (!pid)
		_exit(stress(1));
	if (stress(2) || waitpid(pid, &status, 0) != pid || status)
		return 1;
	printf("%d rounds, twice\n", ROUNDS);
	return 0;
}
