/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Marks that a program or module in a SoftSNP machine sets for the platform to
 * count between ("softsnp run --marks").  A mark is a NOP with a memory operand
 * that no compiler emits: nothing happens on a processor, or without --marks.
 */
#ifndef SOFTSNP_MARK_H
#define SOFTSNP_MARK_H

/* Displacement of the NOP: "SNP" and what is marked. */
#define SOFTSNP_MARK_MAGIC	0x534e5000
#define SOFTSNP_MARK_BEGIN	1
#define SOFTSNP_MARK_END	2
#define SOFTSNP_MARK_WATCH	3
#define SOFTSNP_MARK_SYMBOLS	4

#define SOFTSNP_STR(x)		#x
/* nopl disp32(%rax,%rax,1), written out: an assembler could choose another form. */
#define SOFTSNP_MARK(kind)						\
	".byte 0x0f, 0x1f, 0x84, 0x00\n\t.long 0x534e5000 + " SOFTSNP_STR(kind) "\n"

/**
 * softsnp_mark_begin() - counting starts behind this
 * @name: of the span: letters, digits and "._-/:", at most 47 bytes, in memory
 *	that has been touched
 *
 * Spans of different names may overlap.
 */
static inline void softsnp_mark_begin(const char *name)
{
	__asm__ __volatile__(SOFTSNP_MARK(1) : : "D" (name) : "memory");
}

/**
 * softsnp_mark_end() - counting ends before this
 * @name: as at the beginning
 */
static inline void softsnp_mark_end(const char *name)
{
	__asm__ __volatile__(SOFTSNP_MARK(2) : : "D" (name) : "memory");
}

/**
 * softsnp_mark_watch() - within spans, count each call of a function too
 * @name: what the calls are listed as
 * @address: of its first instruction, from /proc/kallsyms; 0: no longer
 */
static inline void softsnp_mark_watch(const char *name, unsigned long address)
{
	__asm__ __volatile__(SOFTSNP_MARK(3) : : "D" (name), "S" (address) : "memory");
}

/**
 * softsnp_mark_symbols() - put symbols next to the profile
 * @name: first part, up to a slash, of the names of the spans that they are for
 * @text: as /proc/kallsyms has them; memory that has been written
 * @len: bytes
 */
static inline void softsnp_mark_symbols(const char *name, const char *text, unsigned long len)
{
	__asm__ __volatile__(SOFTSNP_MARK(4) : : "D" (name), "S" (text), "d" (len) : "memory");
}

#endif /* SOFTSNP_MARK_H */
